"""What the staff may do where the provider charged something else than the order, or more than once.

Nothing is guessed: the provider's list is asked for first, every charge on it is written down as an
attempt of its own, and what is not the order's payment goes back like any other money.
"""

from collections.abc import Callable, Sequence

from django.db.models import QuerySet
from django.db.models.functions import Now

from orders import outcomes
from payments import asking, giving_back, recording, references
from payments.acting import CHANGED_MEANWHILE, Act, note, refused
from payments.claiming import REST, LeaseLost, claim_rested, move_held
from payments.exchange import NeverAgain, TryAgain
from payments.giving_back import Wish
from payments.models import PaymentAttempt
from payments.outbox import new_key
from payments.provider import Answer, Charged
from payments.reviewing import UNDECIDED, stay
from payments.starting import ring_for_refund
from payments.telling import Actor, Kind, tell
from payments.transitions import SETTLED_BY_HAND, State, move
from webstore.transactions import in_transaction

Found = Sequence[Charged]
# Decides about the charges that were found, in a transaction; returns what was done, and refunds to ring for.
Decision = Callable[[PaymentAttempt, Found, Act], tuple[str, list[int]]]


def keep_one(attempt_id: int, act: Act) -> str:
    """Make the charge that `act` names the order's payment, and give all others back."""
    return _with_charges(attempt_id, act, _keep)


def refund_all(attempt_id: int, act: Act) -> str:
    """Cancel the order, and give back all that was charged for it."""
    return _with_charges(attempt_id, act, _refund)


def settle(attempt_id: int, act: Act) -> str:
    """Close what no list at the provider decides: one of the staff answers for the money."""
    try:
        return in_transaction(lambda: _settle(attempt_id, act))
    except LeaseLost:
        return refused(_in_review(attempt_id))


def _with_charges(attempt_id: int, act: Act, decide: Decision) -> str:
    attempt = claim_rested(attempt_id)
    if attempt is None:
        return refused(PaymentAttempt.objects.for_staff().filter(pk=attempt_id))
    found = asking.find_charges(attempt)
    try:
        said, refunds = in_transaction(lambda: _decide(attempt, found, act, decide=decide))
    except LeaseLost:
        return CHANGED_MEANWHILE
    for refund_id in refunds:
        ring_for_refund(refund_id)
    return said


def _decide(
    attempt: PaymentAttempt, found: Found | TryAgain | NeverAgain, act: Act, *, decide: Decision
) -> tuple[str, list[int]]:
    # First the order's row, as everywhere.
    outcomes.end_review(attempt.order_id)
    if isinstance(found, TryAgain | NeverAgain):
        return _leave(attempt, act, UNDECIDED)
    told = attempt.provider_reference
    if told and told not in [charged.reference for charged in found]:
        return _leave(attempt, act, f"The provider does not list {told} for this order: settle it by hand.")
    foreign = [charged for charged in found if charged.currency.upper() != attempt.currency]
    if foreign:
        return _leave(attempt, act, f"{foreign[0]} is in another currency: settle it by hand.")
    return decide(attempt, found, act)


def _leave(attempt: PaymentAttempt, act: Act, why: str) -> tuple[str, list[int]]:
    stay(attempt, {})
    note(attempt, act.note("looked for its charges"))
    return why, []


def _keep(attempt: PaymentAttempt, found: Found, act: Act) -> tuple[str, list[int]]:
    kept = next((charged for charged in found if charged.reference == act.charge), None)
    if kept is None or kept.amount_minor != attempt.amount_minor:
        listed = ", ".join(str(charged) for charged in found) or "none"
        return _leave(attempt, act, f"That charge cannot pay the order. The provider lists: {listed}.")
    note(attempt, act.note(f"kept {kept.reference}"))
    state = recording.write(attempt, Answer(is_approved=True, reference=kept.reference))
    if state == State.REVIEW:
        return f"{kept.reference} is another payment's, too: settle it by hand.", []
    refunds = [_give_back(attempt, charged, act) for charged in found if charged is not kept]
    paid = "The order is paid" if state == State.APPROVED else "The order was over, so its money goes back"
    return f"{paid}. Other charges that go back: {len(refunds)}.", refunds


def _refund(attempt: PaymentAttempt, found: Found, act: Act) -> tuple[str, list[int]]:
    is_cancelled = outcomes.cancel(attempt.order_id)
    move_held(attempt, to=State.ERROR, changes={"provider_reference": ""})
    note(attempt, act.note("refunded all of it"))
    if is_cancelled:
        then = "What was charged goes back to you." if found else "Nothing was charged."
        tell(attempt, Kind.CANCELLED, actor=Actor.STAFF, sentence=f"We cancelled the order. {then}")
    refunds = [_give_back(attempt, charged, act) for charged in found]
    over = "cancelled" if is_cancelled else "over"
    return f"The order is {over}. Charges that go back: {len(refunds)}.", refunds


def _give_back(attempt: PaymentAttempt, charged: Charged, act: Act) -> int:
    """Write the charge down, and its refund; return the refund's id."""
    row = PaymentAttempt.objects.create(
        order_id=attempt.order_id,
        state=State.ERROR,
        failure_code="charged_besides",
        idempotency_key=references.key_of_charge(charged.reference),
        payment_method=attempt.payment_method,
        amount_minor=charged.amount_minor,
        charged_minor=charged.amount_minor,
        currency=charged.currency.upper(),
        provider_reference=charged.reference,
        traceparent=attempt.traceparent,
        next_attempt_at=Now(),
    )
    wish = Wish(charged.amount_minor, act.reason, key=new_key(), asked_by=act.by)
    return giving_back.begin(row.pk, wish).pk


def _settle(attempt_id: int, act: Act) -> str:
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    # Also of an order that is over: an event's money is booked with its row in hand, or not any more.
    outcomes.take(attempt.order_id)
    is_cancelled = outcomes.cancel(attempt.order_id)
    rested = _in_review(attempt_id).filter(updated_at__lte=Now() - REST)
    if not move(rested, to=State.ERROR, changes={"failure_code": SETTLED_BY_HAND}):
        raise LeaseLost
    note(attempt, act.note(f"settled it by hand ({attempt.failure_code.replace('_', ' ')})"))
    if not is_cancelled:
        return "It is settled. The order was over before."
    sentence = "We cancelled the order and settled its payment by hand."
    tell(attempt, Kind.CANCELLED, actor=Actor.STAFF, sentence=sentence)
    return "It is settled. The order is cancelled, its things are back on the shelf."


def _in_review(attempt_id: int) -> QuerySet[PaymentAttempt]:
    return PaymentAttempt.objects.filter(pk=attempt_id, state=State.REVIEW)
