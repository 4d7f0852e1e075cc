"""How long the oldest due payment has waited."""

from django.db.models.functions import Now

from payments.models import PaymentAttempt


def oldest_due_seconds() -> float:
    """Return the age of the oldest attempt that is due and that nobody has taken; 0 for none."""
    waiting = PaymentAttempt.objects.waiting().annotate(checked_at=Now())
    oldest = waiting.order_by("next_attempt_at").values_list("next_attempt_at", "checked_at").first()
    if oldest is None:
        return 0.0
    due_at, checked_at = oldest
    return float((checked_at - due_at).total_seconds())
