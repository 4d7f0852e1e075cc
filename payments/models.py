"""Attempts to be paid. An attempt's row is the outbox: any message about it may be lost."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from orders.models import Order


def new_key() -> str:
    """Return a fresh idempotency key."""
    return uuid.uuid4().hex


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    def waiting(self) -> Self:
        """Return what is due by the database's clock and held by no living worker."""
        states = PaymentAttempt.State
        is_free = Q(state__in=(states.DUE, states.UNKNOWN)) | Q(state=states.CHARGING, lease_until__lte=Now())
        return self.filter(is_free, next_attempt_at__lte=Now())

    def live(self) -> Self:
        """Return what may still become a payment."""
        return self.filter(state__in=PaymentAttempt.LIVE)


class PaymentAttempt(models.Model):
    """One attempt to charge an order: what to ask for, when, and what came of it."""

    class State(models.TextChoices):
        DUE = "due"
        CHARGING = "charging"
        UNKNOWN = "unknown"
        APPROVED = "approved"
        DECLINED = "declined"
        ERROR = "error"
        CANCELLED = "cancelled"
        REVIEW = "review"

    LIVE = (State.DUE, State.CHARGING, State.UNKNOWN, State.REVIEW)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    state = models.CharField(max_length=16, choices=State, default=State.DUE)
    idempotency_key = models.CharField(max_length=64, unique=True)
    payment_method = models.CharField(max_length=16, choices=Order.PaymentMethod)
    payment_token = models.CharField(max_length=64, help_text="What the provider gave for the card.")
    amount_minor = models.PositiveBigIntegerField(help_text="US cents.")
    currency = models.CharField(max_length=3)
    traceparent = models.CharField(max_length=55, blank=True, help_text="The checkout's trace context.")
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Those of the attempts it took the place of count too."
    )
    asked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its key was first sent; none: it is unknown there.",
    )
    asked_count = models.PositiveSmallIntegerField(
        default=0, help_text="How often its key may have reached the provider."
    )
    next_attempt_at = models.DateTimeField(default=timezone.now)
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When its doorbell last rang.")
    lease_id = models.UUIDField(null=True, blank=True, help_text="Who charges it now.")
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_reference = models.CharField(max_length=64, blank=True, help_text="The charge's id there.")
    failure_code = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("due", "charging", "unknown")),
                name="attempt_due",
            ),
            models.Index(
                fields=("provider_reference",),
                condition=~Q(provider_reference=""),
                name="attempt_provider_reference",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("order",),
                condition=Q(state__in=("due", "charging", "unknown", "review")),
                name="attempt_one_live_per_order",
            ),
            models.UniqueConstraint(
                fields=("order",), condition=Q(state="approved"), name="attempt_one_approved_per_order"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="charging") | Q(lease_id__isnull=False, lease_until__isnull=False),
                name="attempt_charging_has_lease",
            ),
        )

    def __str__(self) -> str:
        return f"attempt {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Return whether it is asked again by itself, at `next_attempt_at`."""
        return self.state in {self.State.DUE, self.State.UNKNOWN}
