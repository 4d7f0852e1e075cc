"""I7, the money: what the shop gave back is what the ledger gave back, and never more than was charged."""

from collections.abc import Iterator

from payments.models import Refund
from payments.verify.cases import REFUND_MARK, REFUNDED_ELSEWHERE, Case, OutboxRow
from payments.verify.ledger import GivenBack, total
from payments.verify.verdict import Violation
from webstore.catalog.money import display


def judge(case: Case) -> Iterator[Violation]:
    for said in (*_ledger_sums(case), *_shop_sums(case), *_pairs(case)):
        yield Violation("I7", case.order.number, said)


def _ledger_sums(case: Case) -> Iterator[str]:
    for charge in case.charges:
        back = total(refund for refund in case.given_back if refund.charge_id == charge.id)
        charged = charge.amount_minor if charge.is_succeeded else 0
        if back > charged:
            yield f"{display(back)} went back of {display(charged)} that {charge.id} charged."


def _shop_sums(case: Case) -> Iterator[str]:
    for attempt in case.attempts:
        wished = sum(refund.amount_minor for refund in case.refunds_of(attempt))
        charged, counted = attempt.charged_minor, attempt.refunded_minor
        if wished > charged:
            yield f"its refunds come to {display(wished)}, its charge to {display(charged)}."
        if wished != counted:
            yield f"its refunds come to {display(wished)}, its payment counts {display(counted)}."
    through = _through(case)
    if through != case.order.refunded_minor:
        yield f"{display(through)} went back, the order counts {display(case.order.refunded_minor)}."


def _through(case: Case) -> int:
    """Return how much of the order's own payment went back."""
    if case.approved is None:
        return 0
    done = (row for row in case.refunds_of(case.approved) if row.state == Refund.State.SUCCEEDED)
    return sum(refund.amount_minor for refund in done)


def _pairs(case: Case) -> Iterator[str]:
    """Pair each refund of the shop with those of the ledger that name it."""
    left = list(case.given_back)
    for refund in case.refunds:
        named = [back for back in left if _is_of(back, refund, case)]
        left = [back for back in left if back not in named]
        yield from _pair(case, refund, named)
    for back in _unasked(case, left):
        yield f"{display(back.amount_minor)} went back as {back.id}, which the shop never asked for."


def _unasked(case: Case, left: list[GivenBack]) -> Iterator[GivenBack]:
    """Yield what of the rest nobody of the staff answers for."""
    elsewhere = [row for row in case.refunds if row.failure_code == REFUNDED_ELSEWHERE]
    for back in left:
        if case.is_settled(back.charge_id):
            continue
        meant = next((refund for refund in elsewhere if _is_meant(back, refund, case)), None)
        if meant is None:
            yield back
        else:
            # One each: another one is nobody's.
            elsewhere.remove(meant)


def _is_meant(back: GivenBack, refund: OutboxRow, case: Case) -> bool:
    """Return whether this may be how the staff gave the refund's money back: at the provider, by hand."""
    # What is called as the shop calls refunds was never made by hand.
    is_by_hand = not back.reference.startswith(f"{case.order.number}{REFUND_MARK}")
    of = (_charged_by(case, refund), refund.amount_minor)
    return is_by_hand and (back.charge_id, back.amount_minor) == of


def _charged_by(case: Case, refund: OutboxRow) -> str:
    return next(row.provider_reference for row in case.attempts if row.pk == refund.owner)


def _is_of(back: GivenBack, refund: OutboxRow, case: Case) -> bool:
    return back.id == refund.provider_reference or back.reference == case.called(refund)


def _pair(case: Case, refund: OutboxRow, named: list[GivenBack]) -> Iterator[str]:
    what = f"refund {refund.pk} of {display(refund.amount_minor)}"
    is_elsewhere = refund.failure_code == REFUNDED_ELSEWHERE
    times = len(named) + is_elsewhere
    if times > 1:
        yield f"{what} went back {times} times."
    if named and refund.state == Refund.State.GIVEN_UP:
        yield f"{what} was given up, but it went back."
    if not named:
        if refund.state == Refund.State.SUCCEEDED and not is_elsewhere:
            yield f"{what} is not in the ledger."
        return
    back = named[0]
    if refund.state == Refund.State.SUCCEEDED and not is_elsewhere and back.id != refund.provider_reference:
        yield f"{what} went back as {back.id}, not as {refund.provider_reference or '(none)'}."
    if back.amount_minor != refund.amount_minor:
        wished, went = display(refund.amount_minor), display(back.amount_minor)
        yield f"refund {refund.pk} is {wished}, but {went} went back."
    charged_by = _charged_by(case, refund)
    if back.charge_id != charged_by:
        yield f"refund {refund.pk} went back to {back.charge_id} instead of {charged_by}."
