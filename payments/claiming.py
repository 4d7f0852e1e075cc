"""Taking an attempt: of all workers that want it, one gets it, for as long as its lease."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from payments.models import PaymentAttempt
from payments.transitions import State, move

# As long as the hard time limit of a task: who still runs then is killed.
LEASE = timedelta(seconds=12)


# The provider forgets keys after a day, and would charge a forgotten one again.
KEY_LIFE = timedelta(hours=23)


def claim(attempt_id: int) -> PaymentAttempt | None:
    """Return the attempt with a fresh lease; None when it is not due, taken, or tried too often."""
    waiting = PaymentAttempt.objects.waiting().filter(pk=attempt_id, tries__lt=settings.PAYMENT_MAX_TRIES)
    lease_id = uuid.uuid4()
    changes = {"lease_id": lease_id, "lease_until": Now() + LEASE, "tries": F("tries") + 1}
    if not move(waiting, to=State.CHARGING, changes=changes):
        return None
    # By its lease: in the unlikely case that it has already run out, it is somebody else's.
    held = PaymentAttempt.objects.select_related("order").filter(pk=attempt_id, lease_id=lease_id)
    return held.first()


def has_old_key(attempt: PaymentAttempt) -> bool:
    """Return whether the attempt was asked before and its key may be forgotten at the provider."""
    if attempt.tries <= 1:
        return False
    return PaymentAttempt.objects.filter(pk=attempt.pk, created_at__lte=Now() - KEY_LIFE).exists()
