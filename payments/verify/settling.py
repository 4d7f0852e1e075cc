"""Waiting until a store is quiet."""

import time

from django.db.models import Q

from payments.models import PaymentAttempt, Refund

_EVERY_SECONDS = 0.5


def settle(seconds: float) -> bool:
    """Wait until no payment and no refund is under way by itself. False: the time was over before."""
    until = time.monotonic() + seconds
    while is_moving():
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_EVERY_SECONDS, left))
    return True


def is_moving() -> bool:
    """What is in review waits for a person, not for time."""
    return any(
        rows.objects.filter(Q(state__in=rows.FREE) | Q(state=rows.TAKEN)).exists()
        for rows in (PaymentAttempt, Refund)
    )
