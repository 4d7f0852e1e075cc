"""What the staff may do about a payment in review. Each act happens once and says who did it and why.

The provider is asked outside of any transaction, under a lease like a worker's: should this
program die meanwhile, the sweep hands the attempt back to review.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now
from opentelemetry import trace

from orders import history, outcomes
from orders.models import HistoryEntry
from payments import asking, recording
from payments.claiming import LeaseLost, claim_reviewed, move_held
from payments.models import PaymentAttempt, Refund
from payments.provider import Answer, NotCharged
from payments.recording import Result
from payments.starting import ring_for, ring_for_refund
from payments.telling import NOT_CHARGED, Actor, Kind, tell
from payments.transitions import RefundState, State, move
from webstore.telemetry import propagation
from webstore.transactions import in_transaction

CHANGED_MEANWHILE = "Nothing was done: the payment is no longer in review."
_UNDECIDED = "The provider gave no clear answer. The payment stays in review."

# Ends an attempt that charged nothing, with these changes, and says what was done.
Ending = Callable[[PaymentAttempt, Mapping[str, str]], str]


@dataclass(frozen=True)
class Act:
    """Who acts, and why."""

    by: str
    reason: str

    def note(self, what: str) -> str:
        return f"{self.by} {what}: {self.reason}"


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


def refund_again(refund_id: int, act: Act) -> str:
    """Let the workers ask for a refund once more, with the same key."""
    if not in_transaction(lambda: _make_refund_due(refund_id, act.note("asked for the refund again"))):
        return "Nothing was done: the refund is no longer in review."
    ring_for_refund(refund_id)
    return "The workers ask for the refund again, with the same key."


def _looked_up(attempt_id: int, note: str, *, not_charged: Ending) -> str:
    attempt = claim_reviewed(attempt_id)
    if attempt is None:
        return CHANGED_MEANWHILE
    propagation.link(trace.get_current_span(), attempt.traceparent)
    result = asking.look_up(attempt)
    try:
        return in_transaction(lambda: _write(attempt, result, note=note, not_charged=not_charged))
    except LeaseLost:
        return CHANGED_MEANWHILE


def _write(attempt: PaymentAttempt, result: Result, *, note: str, not_charged: Ending) -> str:
    # First the order's row, as everywhere.
    outcomes.end_review(attempt.order_id)
    _note(attempt, note)
    if isinstance(result, Answer) and result.is_approved:
        state = recording.write(attempt, result)
        is_paid = state == State.APPROVED
        return "It was charged: the order is paid." if is_paid else "It was charged, and the money goes back."
    if isinstance(result, Answer | NotCharged):
        # A charge that failed is known from now on: no other attempt takes it for its own.
        reference = result.reference if isinstance(result, Answer) else ""
        ended = {"failure_code": "not_charged", "provider_reference": reference}
        return not_charged(attempt, ended)
    outcomes.put_in_review(attempt.order_id)
    move_held(attempt, to=State.REVIEW, changes={})
    return _UNDECIDED


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


def _make_due(attempt_id: int, note: str) -> None:
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    outcomes.end_review(attempt.order_id)
    # A card that is declined now must leave the customer time for another.
    outcomes.reopen(attempt.order_id)
    reviewed = PaymentAttempt.objects.filter(pk=attempt_id, state=State.REVIEW)
    if not move(reviewed, to=State.UNKNOWN, changes=_due_again()):
        raise LeaseLost
    _note(attempt, note)
    tell(attempt, Kind.NO_ANSWER, actor=Actor.STAFF)


def _make_refund_due(refund_id: int, note: str) -> bool:
    refund = Refund.objects.select_related("attempt").get(pk=refund_id)
    reviewed = Refund.objects.filter(pk=refund_id, state=RefundState.REVIEW)
    if not move(reviewed, to=RefundState.UNKNOWN, changes=_due_again()):
        return False
    _note(refund.attempt, note, kind=Kind.REFUNDING, sentence="We ask for your refund once more.")
    return True


def _due_again() -> dict[str, Any]:
    return {"tries": 0, "failure_code": "", "next_attempt_at": Now(), "rung_at": Now()}


def _note(
    attempt: PaymentAttempt,
    note: str,
    *,
    kind: HistoryEntry.Kind = Kind.REVIEW,
    sentence: str = "A person looked at your payment.",
) -> None:
    history.record(
        attempt.order_id,
        kind=kind,
        actor=Actor.STAFF,
        sentence=sentence,
        trace_id=propagation.current_trace_id(),
        note=note,
    )
