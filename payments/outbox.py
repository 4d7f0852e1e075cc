"""A row that is a message to the provider: what to ask, when, with which key, and who asks now.

Any message about it may be lost: the row is the truth, and the sweep rings for what is due.
"""

import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

# Later than this the sweep should have rung, and a worker have come.
OVERDUE = timedelta(minutes=1)


def new_key() -> str:
    """Return a fresh idempotency key."""
    return uuid.uuid4().hex


class RungRow(models.Model):
    """What the sweep rings for: when it is due, and in whose trace."""

    traceparent = models.CharField(max_length=55, blank=True, help_text="The trace context it began in.")
    next_attempt_at = models.DateTimeField(default=timezone.now)
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When its doorbell last rang.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class OutboxRow(RungRow):
    """What an attempt to charge and a refund have in common."""

    # The states in which it waits for its turn, and the one in which a worker has it.
    FREE: ClassVar[tuple[str, ...]] = ("due", "unknown")
    TAKEN: ClassVar[str]
    # A field of each kind's own, with its own choices.
    state: Any

    idempotency_key = models.CharField(max_length=64, unique=True)
    amount_minor = models.PositiveBigIntegerField(help_text="US cents.")
    currency = models.CharField(max_length=3)
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Those of the attempts it took the place of count too."
    )
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When its key was first sent; none: it is unknown there."
    )
    asked_count = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often its key may have reached the provider."
    )
    lease_id = models.UUIDField(null=True, blank=True, help_text="Who asks for it now.")
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_reference = models.CharField(max_length=64, blank=True, help_text="Its id at the provider.")
    failure_code = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(RungRow.Meta):
        abstract = True

    @property
    def is_in_review(self) -> bool:
        return bool(self.state == "review")


Row = TypeVar("Row", bound=OutboxRow)


class OutboxQuerySet(models.QuerySet[Row]):
    def waiting(self) -> Self:
        """Return what is due by the database's clock and held by no living worker."""
        return self.filter(self._was_due(Now()))

    def for_staff(self) -> Self:
        """Return what waits for a person, or for longer than anything should."""
        return self.filter(Q(state="review") | self._was_due(Now() - OVERDUE))

    def _was_due(self, moment: Combinable) -> Q:
        is_free = Q(state__in=self.model.FREE) | Q(state=self.model.TAKEN, lease_until__lte=moment)
        return is_free & Q(next_attempt_at__lte=moment)
