"""Waiting until a store is quiet."""

import time

from django.db.models import Exists, OuterRef, Q

from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.webhooks.events import CHARGE_SUCCEEDED

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
    return _is_asking() or _is_told_of_money()


def _is_asking() -> bool:
    return any(
        rows.objects.filter(Q(state__in=rows.FREE) | Q(state=rows.TAKEN)).exists()
        for rows in (PaymentAttempt, Refund)
    )


def _is_told_of_money() -> bool:
    """Return whether a charge waits to be looked into that no payment counts: it may pay, or go back."""
    counted = PaymentAttempt.objects.filter(provider_reference=OuterRef("about"), charged_minor__gt=0)
    waiting = ProviderEvent.objects.filter(state=ProviderEvent.State.WAITING, type=CHARGE_SUCCEEDED)
    return waiting.filter(~Exists(counted)).exists()
