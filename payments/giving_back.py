"""Writing a refund down, as a row that is due.

Never more than was charged: what refunds give back, or shall, is counted at the charge's row by a
conditional UPDATE, within a CHECK constraint.
"""

from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Now

from orders import history
from orders.models import HistoryEntry
from payments.models import PaymentAttempt, Refund
from webstore.catalog import money
from webstore.telemetry import propagation


@dataclass(frozen=True)
class Wish:
    """How much to give back and why; `asked_by` is nobody where a rule asks. One key, one refund."""

    amount_minor: int
    reason: str
    key: str
    asked_by: str = ""


class NotEnoughLeft(Exception):
    """So much of the charge is not left; nothing was changed."""


def begin(attempt_id: int, wish: Wish) -> Refund:
    """Write the refund down, due at once, in the caller's transaction; may raise `NotEnoughLeft`."""
    attempt = PaymentAttempt.objects.filter(pk=attempt_id, amount_minor__gte=wish.amount_minor)
    enough_left = attempt.filter(charged_minor__gte=F("refunded_minor") + wish.amount_minor)
    if enough_left.update(refunded_minor=F("refunded_minor") + wish.amount_minor) == 0:
        raise NotEnoughLeft
    charged = attempt.get()
    refund = Refund.objects.create(
        attempt=charged,
        amount_minor=wish.amount_minor,
        currency=charged.currency,
        reason=wish.reason,
        asked_by=wish.asked_by,
        idempotency_key=wish.key,
        traceparent=propagation.current_traceparent(),
        next_attempt_at=Now(),
        rung_at=Now() if wish.asked_by else None,
    )
    history.record(
        charged.order_id,
        kind=HistoryEntry.Kind.REFUNDING,
        actor=HistoryEntry.Actor.STAFF if wish.asked_by else HistoryEntry.Actor.WORKER,
        sentence=f"{money.display(wish.amount_minor)} is on its way back to you.",
        trace_id=propagation.current_trace_id(),
        note=f"{wish.asked_by}: {wish.reason}" if wish.asked_by else "",
    )
    return refund


def let_go(refund: Refund) -> None:
    """Free the refund's amount, in the caller's transaction: it can be given back anew."""
    charged = PaymentAttempt.objects.filter(pk=refund.attempt_id, refunded_minor__gte=refund.amount_minor)
    if charged.update(refunded_minor=F("refunded_minor") - refund.amount_minor) == 0:
        raise NotEnoughLeft
