"""How long the oldest due payment or refund has waited, and how many wait for a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from django.db.models.functions import Now

from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.outbox import OutboxQuerySet
from webstore.telemetry import contract, instruments

_NEWS = timedelta(days=1)


def report(**_: Any) -> None:
    """Make them metrics of this process; one is enough, so it is beat's (a `beat_init` receiver)."""
    instruments.watch(contract.OLDEST_DUE, lambda: _read(oldest_due_seconds))
    instruments.watch(contract.IN_REVIEW, lambda: _read(in_review_count))


def _read(number: Callable[[], float]) -> float:
    """Read it in a thread that no request and no task tidies up after."""
    close_old_connections()
    try:
        return number()
    finally:
        close_old_connections()


def oldest_due_seconds() -> float:
    """Return the age of the oldest payment or refund that is due and nobody has taken; 0 for none."""
    return max(_oldest_seconds(PaymentAttempt.objects.waiting()), _oldest_seconds(Refund.objects.waiting()))


def _oldest_seconds(waiting: OutboxQuerySet[Any]) -> float:
    due = waiting.annotate(checked_at=Now()).order_by("next_attempt_at")
    oldest = due.values_list("next_attempt_at", "checked_at").first()
    if oldest is None:
        return 0.0
    due_at, checked_at = oldest
    return float((checked_at - due_at).total_seconds())


def in_review_count() -> int:
    """Return how many payments and refunds only a person can decide, and today's events that match none."""
    payments = PaymentAttempt.objects.filter(state=PaymentAttempt.State.REVIEW).count()
    refunds = Refund.objects.filter(state=Refund.State.REVIEW).count()
    # No act ends them: they are told of for a day, and then stay on their list.
    news = ProviderEvent.objects.filter(state=ProviderEvent.State.STAFF, created_at__gt=Now() - _NEWS)
    return payments + refunds + news.count()
