"""Ending what the provider told of money that matches nothing here: one of the staff answers for it."""

from payments.acting import Act
from payments.models import ProviderEvent
from payments.webhooks.events import CHARGE_SUCCEEDED


def is_unmatched(event: ProviderEvent) -> bool:
    """Return whether somebody must see to the charge at the provider."""
    return event.state == ProviderEvent.State.STAFF and event.type == CHARGE_SUCCEEDED


def settle(event_id: int, act: Act) -> bool:
    """Note that the charge was seen to there. False, changing nothing: it needs nobody."""
    unmatched = ProviderEvent.objects.filter(state=ProviderEvent.State.STAFF, type=CHARGE_SUCCEEDED)
    settled = {"state": ProviderEvent.State.SETTLED, "settled_by": act.by, "settled_why": act.reason}
    return unmatched.filter(pk=event_id).update(**settled) == 1
