"""Taking an attempt: of all workers that want it, one gets it, for as long as its lease."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from payments.models import PaymentAttempt
from payments.transitions import State, move

# As long as the hard time limit of a task: who still runs then is killed.
LEASE = timedelta(seconds=12)
# The provider forgets keys after a day, and would charge a forgotten one again.
KEY_LIFE = timedelta(hours=23)


class LeaseLost(Exception):
    """Another worker has taken the attempt over; nothing was recorded."""


def claim(attempt_id: int) -> PaymentAttempt | None:
    """Return the attempt with a fresh lease; None when it is not due, taken, or tried too often."""
    waiting = PaymentAttempt.objects.waiting().filter(pk=attempt_id, tries__lt=settings.PAYMENT_MAX_TRIES)
    lease_id = uuid.uuid4()
    changes = {
        "lease_id": lease_id,
        "lease_until": Now() + LEASE,
        "tries": F("tries") + 1,
        "asked_at": Coalesce("asked_at", Now()),
        "asked_count": F("asked_count") + 1,
    }
    if not move(waiting, to=State.CHARGING, changes=changes):
        return None
    # By its lease: in the unlikely case that it has already run out, it is somebody else's.
    held = PaymentAttempt.objects.select_related("order").filter(pk=attempt_id, lease_id=lease_id)
    return held.first()


def has_old_key(attempt: PaymentAttempt) -> bool:
    """Return whether the attempt was asked before and its key may be forgotten at the provider."""
    if attempt.asked_count <= 1:
        return False
    return PaymentAttempt.objects.filter(pk=attempt.pk, asked_at__lte=Now() - KEY_LIFE).exists()


def move_held(attempt: PaymentAttempt, *, to: State, changes: Mapping[str, Any]) -> None:
    """Bring an attempt we hold into its next state, or raise `LeaseLost`."""
    held = PaymentAttempt.objects.filter(pk=attempt.pk, state=State.CHARGING, lease_id=attempt.lease_id)
    if not move(held, to=to, changes=changes):
        raise LeaseLost
