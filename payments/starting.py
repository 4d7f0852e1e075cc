"""Beginning an attempt: its row first, in the caller's transaction; the doorbell after the commit."""

import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models.functions import Now

from orders.models import Order
from payments import bell, sweeping
from payments.models import PaymentAttempt
from payments.tasks import charge

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Payment:
    """How the customer pays, and what the provider gave for it."""

    method: str
    token: str


def add_attempt(order: Order, payment: Payment, *, key: str, traceparent: str) -> PaymentAttempt:
    """Write the order's next attempt down, due at once. An `IntegrityError` means one is live."""
    return PaymentAttempt.objects.create(
        order=order,
        idempotency_key=key,
        payment_method=payment.method,
        payment_token=payment.token,
        amount_minor=order.total_minor,
        currency=order.currency,
        traceparent=traceparent,
        next_attempt_at=Now(),
        rung_at=Now(),
    )


def ring_for(attempt_id: int) -> None:
    """Tell a worker. Whatever goes wrong here the attempt stays due, and the sweep finds it."""
    if bell.ring(charge, attempt_id):
        return
    try:
        sweeping.unmark_rung(attempt_id)
    except DatabaseError:
        logger.warning("attempt %d waits ten seconds for its sweep", attempt_id, exc_info=True)
