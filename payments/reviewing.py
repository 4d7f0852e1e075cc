"""What the staff may do about a payment that needs somebody. Each act happens once and says who and why.

The provider is asked outside of any transaction, under a lease like a worker's: should this
program die meanwhile, the sweep hands the attempt back to review.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models.functions import Now
from opentelemetry import trace

from orders import outcomes
from payments import asking, recording
from payments.acting import CHANGED_MEANWHILE, Act, note, refused
from payments.claiming import LeaseLost, claim_rested, move_back, move_held
from payments.exchange import NeverAgain
from payments.models import PaymentAttempt
from payments.provider import Answer, NotCharged
from payments.recording import Result
from payments.starting import ring_for
from payments.telling import NOT_CHARGED, Actor, Kind, tell
from payments.transitions import State, move, why_in_review
from webstore.telemetry import propagation
from webstore.transactions import in_transaction

# Something was charged that is not the order's payment: asked again, the provider says the same.
CHARGED_WRONGLY = ("charged_more_than_once", "charged_something_else")
_CHARGED = {
    State.APPROVED: "It was charged: the order is paid.",
    State.ERROR: "It was charged, and the money goes back.",
    State.REVIEW: "Its charge is another payment's, too. The payment stays in review.",
}
UNDECIDED = "The provider gave no clear answer. The payment stays in review."

# Ends an attempt that charged nothing, with these changes, and says what was done.
Ending = Callable[[PaymentAttempt, Mapping[str, str]], str]


def look_up(attempt_id: int, act: Act) -> str:
    """Ask the provider what it knows, write that down, and return it in words."""
    return _looked_up(attempt_id, act.note("looked it up"), not_charged=_open_again)


def cancel(attempt_id: int, act: Act) -> str:
    """Cancel the order and release its things, unless the provider has charged for it."""
    return _looked_up(attempt_id, act.note("cancelled it"), not_charged=_cancel)


def charge_again(attempt_id: int, act: Act) -> str:
    """Let the workers ask for the money once more, with the same key."""
    try:
        in_transaction(lambda: _make_due(attempt_id, act.note("charged again")))
    except LeaseLost:
        return CHANGED_MEANWHILE
    ring_for(attempt_id)
    return "The workers ask for the money again, with the same key."


def stay(attempt: PaymentAttempt, changes: Mapping[str, Any]) -> None:
    """Leave the attempt to a person, in the caller's transaction."""
    outcomes.put_in_review(attempt.order_id)
    move_back(attempt, to=State.REVIEW, changes={"failure_code": why_in_review("no_clear_answer"), **changes})


def _looked_up(attempt_id: int, what: str, *, not_charged: Ending) -> str:
    attempt = claim_rested(attempt_id)
    if attempt is None:
        return refused(PaymentAttempt.objects.for_staff().filter(pk=attempt_id))
    propagation.link(trace.get_current_span(), attempt.traceparent)
    result = asking.look_up(attempt)
    try:
        return in_transaction(lambda: _write(attempt, result, what=what, not_charged=not_charged))
    except LeaseLost:
        return CHANGED_MEANWHILE


def _write(attempt: PaymentAttempt, result: Result, *, what: str, not_charged: Ending) -> str:
    # First the order's row, as everywhere.
    outcomes.end_review(attempt.order_id)
    note(attempt, what)
    if isinstance(result, Answer) and result.is_approved:
        return _CHARGED[recording.write(attempt, result)]
    if isinstance(result, Answer | NotCharged):
        # A charge that failed is known from now on: no other attempt takes it for its own.
        reference = result.reference if isinstance(result, Answer) else ""
        ended = {"failure_code": "not_charged", "provider_reference": reference}
        return not_charged(attempt, ended)
    if isinstance(result, NeverAgain) and result.code in CHARGED_WRONGLY:
        stay(attempt, {"failure_code": result.code, "provider_reference": result.reference})
        return f"The provider has {result.code.replace('_', ' ')}. The payment stays in review."
    stay(attempt, {})
    return UNDECIDED


def _open_again(attempt: PaymentAttempt, ended: Mapping[str, str]) -> str:
    is_open = outcomes.reopen(attempt.order_id)
    move_held(attempt, to=State.ERROR, changes=ended)
    tell(attempt, Kind.FAILED, actor=Actor.STAFF, sentence=NOT_CHARGED)
    then = "The customer can pay another way." if is_open else "The order is over."
    return f"Nothing was charged. {then}"


def _cancel(attempt: PaymentAttempt, ended: Mapping[str, str]) -> str:
    is_cancelled = outcomes.cancel(attempt.order_id)
    move_held(attempt, to=State.CANCELLED, changes=ended)
    if not is_cancelled:
        return "Nothing was charged. The order was over before."
    tell(attempt, Kind.CANCELLED, actor=Actor.STAFF, sentence="We cancelled the order. Nothing was charged.")
    return "Nothing was charged. The order is cancelled, its things are back on the shelf."


def _make_due(attempt_id: int, what: str) -> None:
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    outcomes.end_review(attempt.order_id)
    # A card that is declined now must leave the customer time for another.
    outcomes.reopen(attempt.order_id)
    if not _is_due_again(attempt_id):
        raise LeaseLost
    note(attempt, what)
    tell(attempt, Kind.NO_ANSWER, actor=Actor.STAFF)


def _is_due_again(attempt_id: int) -> bool:
    needing = PaymentAttempt.objects.for_staff().filter(pk=attempt_id)
    reviewed = needing.filter(state=State.REVIEW).exclude(failure_code__in=CHARGED_WRONGLY)
    again = {"tries": 0, "failure_code": "", "next_attempt_at": Now(), "rung_at": Now()}
    if move(reviewed, to=State.UNKNOWN, changes=again):
        return True
    # What is overdue is due: it lacks a worker who comes.
    return needing.exclude(state=State.REVIEW).update(rung_at=Now()) == 1
