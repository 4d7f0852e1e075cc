"""The process's one till, who looks into it, and who tells of it."""

import functools

from django.conf import settings

from payments.sandbox.charging import Till
from payments.sandbox.control import open_control
from payments.sandbox.ledger import Ledger
from payments.sandbox.look_ups import LookUps
from payments.sandbox.messenger import Messenger
from payments.sandbox.tellings import Tellings


@functools.cache
def open_till() -> Till:
    return Till(Ledger(settings.SANDBOX_LEDGER), control=open_control())


@functools.cache
def open_look_ups() -> LookUps:
    return LookUps(open_till(), control=open_control())


def has_listener() -> bool:
    """Return whether there is an address to tell the shop at."""
    return bool(_webhook_url())


def start_messenger() -> None:
    """Tell the shop of events, if there is an address to tell it at. Only after the last fork."""
    if has_listener():
        secret: str = settings.PROVIDER_WEBHOOK_SECRET  # type: ignore[misc]
        tellings = Tellings(open_till().ledger)
        Messenger(tellings, url=_webhook_url(), secret=secret, is_sending=_is_sending).start()


def _webhook_url() -> str:
    # The type checker knows the shop's settings; these are the provider's own.
    url: str = settings.SANDBOX_WEBHOOK_URL  # type: ignore[misc]
    return url


def _is_sending() -> bool:
    return open_control().state.switches.webhooks.send
