"""Ringing again for rows whose message was lost, whose worker died, or whose wait is over."""

import logging
from datetime import timedelta
from typing import Any

from celery import Task
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from payments import traces
from payments.models import PaymentAttempt, ProviderEvent, Refund
from webstore.telemetry import contract, instruments, propagation

# A message this young may still wait its turn in the queue. One that was lost costs this and a sweep:
# 10.8 to 11.4 s, measured, of the 15 s that a dead worker may cost.
_RING_AGAIN_AFTER = timedelta(seconds=10)
# So many rows with such a message are what several workers take between two sweeps: two processes
# paid 14 to 16 a second with a provider of 100 ms. Ringing for more in a long backlog would
# fill the queue with repeats that new customers' messages stand behind.
_RUNG_LIMIT = 100
# The oldest are rung for in any case: new orders alone may fill the limit.
_LEAST = 10

logger = logging.getLogger(__name__)

Rows = type[PaymentAttempt] | type[Refund] | type[ProviderEvent]


def sweep(task: "Task[..., Any]", rows: Rows = PaymentAttempt) -> int:
    """Publish `task` for what is due, oldest first; return how many were published."""
    rung_count = 0
    for row in _unrung(rows).order_by("next_attempt_at", "pk")[: _room(rows)]:
        try:
            if not _mark_rung(rows, row.pk):
                continue
        except DatabaseError:
            # Somebody holds this row: that must not hold up the others.
            logger.warning("%s is rung for by the next sweep", row, exc_info=True)
            continue
        try:
            with traces.for_ringing(row):
                propagation.publish(task, row.pk)
        except Exception as error:  # noqa: BLE001 - whatever the broker client raises: the rows stay due
            logger.warning("the broker did not take %s: %s", row, error)
            instruments.doorbells_missed.add(1, {contract.TASK: task.name})
            unmark_rung(rows, row.pk)
            break
        rung_count += 1
    return rung_count


def unmark_rung(rows: Rows, row_id: int) -> None:
    """Note that the doorbell of a row did not ring: the next sweep need not wait."""
    rows.objects.filter(pk=row_id).update(rung_at=None)


def _unrung(rows: Rows) -> QuerySet[Any]:
    is_unrung = Q(rung_at__isnull=True) | Q(rung_at__lte=Now() - _RING_AGAIN_AFTER)
    return rows.objects.waiting().filter(is_unrung)


def _room(rows: Rows) -> int:
    """Return for how many rows a sweep may ring now."""
    in_queue = rows.objects.waiting().filter(rung_at__gt=Now() - _RING_AGAIN_AFTER).count()
    return max(_LEAST, _RUNG_LIMIT - in_queue)


def _mark_rung(rows: Rows, row_id: int) -> bool:
    """Take the right to ring; of two sweeps at once one gets it."""
    return _unrung(rows).filter(pk=row_id).update(rung_at=Now()) == 1
