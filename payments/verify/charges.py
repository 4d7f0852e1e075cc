"""I1 and I2: a paid order was charged once, and nothing was charged for nothing. I7: what was is counted."""

from collections.abc import Iterator

from payments.verify.cases import Case, OutboxRow
from payments.verify.ledger import Charge, total
from payments.verify.verdict import Violation
from webstore.catalog.money import display


def judge(case: Case) -> Iterator[Violation]:
    order, approved = case.order, case.approved
    if order.is_paid:
        for said in _payment(case):
            yield Violation("I1", order.number, said)
    for said in _counted(case):
        yield Violation("I7", order.number, said)
    paying = approved.provider_reference if approved and order.is_paid else None
    rest = [charge for charge in case.charges if charge.is_succeeded and charge.id != paying]
    for charge in _nobodys(case, rest):
        yield _for_nothing(case, charge)


def _payment(case: Case) -> Iterator[str]:
    """Say what is wrong with the charge that paid the order."""
    order, approved = case.order, case.approved
    if approved is None:
        yield f"is {_state(case)}, but none of its payments was approved."
        return
    charge = _charge_of(case, approved)
    if charge is None or not charge.is_succeeded:
        state = "is not in the ledger" if charge is None else "failed"
        yield f"is {_state(case)}, but its charge {approved.provider_reference or '(none)'} {state}."
        return
    if charge.amount_minor != order.total_minor:
        yield f"costs {display(order.total_minor)}, but {display(charge.amount_minor)} was charged."
    elif charge.amount_minor != approved.charged_minor:
        # What is not counted cannot be given back.
        yield _miscounted(approved, charge.amount_minor)
    if charge.currency.upper() != order.currency.upper():
        yield f"was charged in {charge.currency.upper()} instead of {order.currency}."


def _counted(case: Case) -> Iterator[str]:
    """Say where an attempt that did not pay the order counts other money than was charged."""
    for attempt in case.attempts:
        if attempt.charged_minor == 0 or (case.order.is_paid and attempt == case.approved):
            continue
        charge = _charge_of(case, attempt)
        charged_minor = charge.amount_minor if charge and charge.is_succeeded else 0
        if charged_minor != attempt.charged_minor:
            yield _miscounted(attempt, charged_minor)


def _charge_of(case: Case, attempt: OutboxRow) -> Charge | None:
    return next((charge for charge in case.charges if charge.id == attempt.provider_reference), None)


def _miscounted(attempt: OutboxRow, charged_minor: int) -> str:
    charged = f"{display(charged_minor)} as {attempt.provider_reference or '(none)'}"
    return f"was charged {charged}, its payment counts {display(attempt.charged_minor)}."


def _nobodys(case: Case, charges: list[Charge]) -> Iterator[Charge]:
    """Yield the charges that nobody gives back and that no payment under way will account for."""
    if case.is_settled_by_hand:
        return
    waiting = case.live
    for charge in charges:
        if case.is_settled(charge.id) or _goes_back(case, charge):
            continue
        awaiting = next((row for row in waiting if charge.key in (None, row.key)), None)
        if awaiting is None:
            yield charge
        else:
            # One charge each: a second one is nobody's.
            waiting.remove(awaiting)


def _goes_back(case: Case, charge: Charge) -> bool:
    """Return whether all of it is given back, or shall be by refunds that are written down."""
    if total(refund for refund in case.given_back if refund.charge_id == charge.id) >= charge.amount_minor:
        return True
    takers = [row for row in case.attempts if row.provider_reference == charge.id]
    promised = sum(refund.amount_minor for taker in takers for refund in case.refunds_of(taker))
    return promised >= charge.amount_minor


def _for_nothing(case: Case, charge: Charge) -> Violation:
    what = f"{display(charge.amount_minor)} was charged as {charge.id}"
    if case.order.is_paid:
        return Violation(
            "I1", case.order.number, f"is {_state(case)}, yet {what} besides, and nothing gives it back."
        )
    return Violation("I2", case.order.number, f"is {_state(case)}, yet {what}, and nothing gives it back.")


def _state(case: Case) -> str:
    return case.order.status.replace("_", " ")
