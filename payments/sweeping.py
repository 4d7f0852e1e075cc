"""Ringing again for attempts whose message was lost, whose worker died, or whose wait is over."""

import logging
from datetime import timedelta
from typing import Any

from celery import Task
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from payments import traces
from payments.models import PaymentAttempt
from webstore.telemetry import contract, instruments, propagation

# A message this young may still wait its turn in the queue.
_RING_AGAIN_AFTER = timedelta(seconds=10)
_RUN_LIMIT = 100

logger = logging.getLogger(__name__)


def sweep(charge: "Task[..., Any]") -> int:
    """Publish `charge` for what is due, oldest first; return how many were published."""
    rung_count = 0
    for attempt in _unrung().order_by("next_attempt_at", "pk")[:_RUN_LIMIT]:
        if not _mark_rung(attempt):
            continue
        try:
            with traces.for_ringing(attempt):
                propagation.publish(charge, attempt.pk)
        except Exception as error:  # noqa: BLE001 - whatever the broker client raises: the rows stay due
            logger.warning("the broker did not take attempt %d: %s", attempt.pk, error)
            instruments.doorbells_missed.add(1, {contract.TASK: charge.name})
            unmark_rung(attempt.pk)
            break
        rung_count += 1
    return rung_count


def unmark_rung(attempt_id: int) -> None:
    """Note that the doorbell of an attempt did not ring: the next sweep need not wait."""
    PaymentAttempt.objects.filter(pk=attempt_id).update(rung_at=None)


def _unrung() -> QuerySet[PaymentAttempt]:
    is_unrung = Q(rung_at__isnull=True) | Q(rung_at__lte=Now() - _RING_AGAIN_AFTER)
    return PaymentAttempt.objects.waiting().filter(is_unrung)


def _mark_rung(attempt: PaymentAttempt) -> bool:
    """Take the right to ring; of two sweeps at once one gets it."""
    return _unrung().filter(pk=attempt.pk).update(rung_at=Now()) == 1
