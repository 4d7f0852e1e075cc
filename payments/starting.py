"""Beginning an attempt or a refund: first its row, in a transaction; the doorbell after the commit."""

import logging
from dataclasses import dataclass
from typing import Any

from celery import Task
from django.db import DatabaseError, IntegrityError
from django.db.models.functions import Now

from orders.models import Order
from payments import bell, giving_back, sweeping
from payments.giving_back import NotEnoughLeft, Wish
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.tasks import charge, heed, refund
from webstore.transactions import in_transaction

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
    _ring(charge, PaymentAttempt, attempt_id)


def give_back(attempt_id: int, wish: Wish) -> Refund | None:
    """Begin a refund and ring. None, changing nothing: so much is not left, or the wish came before."""
    try:
        begun = in_transaction(lambda: giving_back.begin(attempt_id, wish))
    except (IntegrityError, NotEnoughLeft):
        # One key, one refund: the form was sent twice.
        return None
    ring_for_refund(begun.pk)
    return begun


def ring_for_refund(refund_id: int) -> None:
    """Tell a worker, as `ring_for` does."""
    _ring(refund, Refund, refund_id)


def ring_for_event(event_id: int) -> None:
    """Tell a worker, as `ring_for` does."""
    _ring(heed, ProviderEvent, event_id)


def _ring(task: "Task[..., Any]", rows: sweeping.Rows, row_id: int) -> None:
    if bell.ring(task, row_id):
        return
    try:
        sweeping.unmark_rung(rows, row_id)
    except DatabaseError:
        logger.warning("%s %d waits ten seconds for its sweep", task.name, row_id, exc_info=True)
