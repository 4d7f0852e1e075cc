"""Writing down what the provider said about a refund, if the refund is still ours to write.

Each function is one transaction, over order, refund and history in this order.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from orders import history, outcomes
from orders.models import HistoryEntry
from payments.backoff import patient_seconds
from payments.claiming import move_held
from payments.exchange import NeverAgain, TryAgain
from payments.models import PaymentAttempt, Refund
from payments.outbox import new_key
from payments.provider_refunds import NotRefunded, Refunded
from payments.transitions import RefundState, move, why_in_review
from webstore.catalog import money
from webstore.telemetry import contract, instruments, propagation
from webstore.transactions import in_transaction

logger = logging.getLogger(__name__)

Result = Refunded | NotRefunded | TryAgain | NeverAgain


def record(refund: Refund, result: Result) -> RefundState:
    """Write the result down and return the refund's new state, or raise `LeaseLost`."""
    return in_transaction(lambda: _write(refund, result))


def _write(refund: Refund, result: Result) -> RefundState:
    match result:
        case Refunded():
            return succeed(refund, result)
        case NeverAgain():
            return _hand_over(refund, result.code)
        case _ if refund.tries >= settings.PAYMENT_MAX_TRIES:
            return _hand_over(refund, "too_many_tries")
        case NotRefunded():
            new = {"idempotency_key": new_key(), "asked_at": None, "asked_count": 0}
            return _wait(refund, RefundState.DUE, new)
        case TryAgain():
            return _wait(refund, RefundState.UNKNOWN, {}, asked_for=result.retry_after_seconds)


def give_up_exhausted(refund_id: int) -> bool:
    """Hand a refund to a person whose last worker died without a word. False: it is not so far."""
    waiting = Refund.objects.waiting().filter(pk=refund_id, tries__gte=settings.PAYMENT_MAX_TRIES)
    return move(waiting, to=RefundState.REVIEW, changes={"failure_code": why_in_review("too_many_tries")})


def succeed(refund: Refund, result: Refunded) -> RefundState:
    """Write down that the money goes back, in the caller's transaction, or raise `LeaseLost`."""
    count(refund)
    move_held(refund, to=RefundState.SUCCEEDED, changes={"provider_reference": result.reference})
    history.record(
        refund.attempt.order_id,
        kind=HistoryEntry.Kind.REFUNDED,
        actor=HistoryEntry.Actor.PROVIDER,
        sentence=f"{money.display(refund.amount_minor)} was refunded. It arrives in 3–5 days.",
        trace_id=propagation.current_trace_id(),
    )
    return RefundState.SUCCEEDED


def count(refund: Refund) -> None:
    """Count the money at the order, in the caller's transaction: the order's row comes first."""
    # Of a charge that never became the order's payment the order's own money knows nothing.
    if refund.attempt.state != PaymentAttempt.State.APPROVED:
        return
    if not outcomes.note_refunded(refund.attempt.order_id, amount_minor=refund.amount_minor):
        # The money is on its way: that stands, and what the order counts is wrong.
        number, amount_minor = refund.attempt.order.number, refund.amount_minor
        logger.error("order %s: %d went back that it does not count", number, amount_minor)
        instruments.miscounts.add(1, {contract.REASON: contract.REFUNDED_UNCOUNTED})


def _wait(
    refund: Refund, state: RefundState, changes: dict[str, Any], *, asked_for: float = 0
) -> RefundState:
    seconds = patient_seconds(refund.idempotency_key, tries=refund.tries, asked_for=asked_for)
    due = {"next_attempt_at": Now() + timedelta(seconds=seconds), "rung_at": None}
    move_held(refund, to=state, changes=due | changes)
    return state


def _hand_over(refund: Refund, code: str) -> RefundState:
    move_held(refund, to=RefundState.REVIEW, changes={"failure_code": code})
    return RefundState.REVIEW
