"""How long events are kept: longer than the provider repeats any, and no longer than that is of use."""

from datetime import timedelta

from django.db.models.functions import Now

from payments.models import ProviderEvent

# Providers repeat an event for days. What staff had to look at stays until the books of its year are closed.
_KEPT = {ProviderEvent.State.DONE: timedelta(days=30), ProviderEvent.State.STAFF: timedelta(days=400)}
_RUN_LIMIT = 500


def forget_old() -> int:
    """Delete events that were settled long ago, at most 500 of each kind; return how many."""
    return sum(_forget(state, older_than=kept) for state, kept in _KEPT.items())


def _forget(state: ProviderEvent.State, *, older_than: timedelta) -> int:
    old = ProviderEvent.objects.filter(state=state, created_at__lt=Now() - older_than)
    chosen = list(old.order_by("created_at").values_list("pk", flat=True)[:_RUN_LIMIT])
    if not chosen:
        return 0
    return ProviderEvent.objects.filter(pk__in=chosen).delete()[0]
