"""Attempts to be paid, and refunds."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from orders.models import Order
from payments.outbox import OVERDUE, OutboxQuerySet, OutboxRow, RungRow


class PaymentAttemptQuerySet(OutboxQuerySet["PaymentAttempt"]):
    def live(self) -> Self:
        """Return what may still become a payment."""
        return self.filter(state__in=PaymentAttempt.LIVE)


class PaymentAttempt(OutboxRow):
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
    TAKEN = State.CHARGING

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    state = models.CharField(max_length=16, choices=State, default=State.DUE)
    payment_method = models.CharField(max_length=16, choices=Order.PaymentMethod)
    payment_token = models.CharField(max_length=64, help_text="What the provider gave for the card.")
    charged_minor = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="US cents; what was really charged."
    )
    refunded_minor = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="US cents; what refunds give back or shall give back."
    )

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
            models.UniqueConstraint(
                fields=("provider_reference",),
                condition=Q(charged_minor__gt=0) & ~Q(provider_reference=""),
                name="attempt_charge_counts_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="charging") | Q(lease_id__isnull=False, lease_until__isnull=False),
                name="attempt_charging_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("charged_minor"), charged_minor__lte=F("amount_minor")),
                name="attempt_refunded_within_charged",
            ),
        )

    def __str__(self) -> str:
        return f"attempt {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Return whether it is asked again by itself, at `next_attempt_at`."""
        return self.state in self.FREE

    @property
    def refundable_minor(self) -> int:
        """Return US cents."""
        return self.charged_minor - self.refunded_minor


class RefundQuerySet(OutboxQuerySet["Refund"]):
    pass


class Refund(OutboxRow):
    """Money that goes back: out of which charge, how much, why, and what came of it."""

    class State(models.TextChoices):
        DUE = "due"
        SENDING = "sending"
        UNKNOWN = "unknown"
        SUCCEEDED = "succeeded"
        REVIEW = "review"
        # Nothing went back, and its amount can be given back anew.
        GIVEN_UP = "given_up", "Given up"

    TAKEN = State.SENDING

    attempt = models.ForeignKey(
        PaymentAttempt, on_delete=models.PROTECT, related_name="refunds", help_text="What was charged."
    )
    state = models.CharField(max_length=16, choices=State, default=State.DUE)
    reason = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=150, blank=True, help_text="Who asked for it; nobody: by rule.")

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("next_attempt_at",),
                condition=Q(state__in=("due", "sending", "unknown")),
                name="refund_due",
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_id__isnull=False, lease_until__isnull=False),
                name="refund_sending_has_lease",
            ),
        )

    def __str__(self) -> str:
        return f"refund {self.pk}"


class ProviderEventQuerySet(models.QuerySet["ProviderEvent"]):
    def waiting(self) -> Self:
        """Return what a worker shall look into now, by the database's clock."""
        return self._was_due(Now())

    def for_staff(self) -> Self:
        """Return what nobody here can match, or what waits for longer than anything should."""
        return self.filter(state=ProviderEvent.State.STAFF) | self._was_due(Now() - OVERDUE)

    def _was_due(self, moment: Combinable) -> Self:
        return self.filter(state=ProviderEvent.State.WAITING, next_attempt_at__lte=moment)


class ProviderEvent(RungRow):
    """Something the provider told us by itself: a reason to ask it, never a truth of its own."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        STAFF = "staff", "Needs somebody"
        # A charge that one of the staff answers for: kept for ever, as the books need it.
        SETTLED = "settled", "Settled by hand"

    event_id = models.CharField(max_length=64, unique=True, help_text="One event, one effect.")
    type = models.CharField(max_length=64)
    about = models.CharField(max_length=64, help_text="The charge or refund: its id at the provider.")
    reference = models.CharField(max_length=64, blank=True, help_text="What we had called it.")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    outcome = models.CharField(max_length=64, blank=True, help_text="What came of it.")
    looked_count = models.PositiveSmallIntegerField(default=0)
    nudged_at = models.DateTimeField(
        null=True, blank=True, help_text="When a payment or refund was asked for sooner because of it."
    )
    happened_at = models.DateTimeField(help_text="By the provider's clock.")
    settled_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    settled_why = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("next_attempt_at",), condition=Q(state="waiting"), name="provider_event_waiting"
            ),
            models.Index(fields=("state", "created_at"), name="provider_event_age"),
        )

    def __str__(self) -> str:
        return f"event {self.pk}"
