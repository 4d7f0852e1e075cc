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


def start_messenger() -> None:
    """Tell the shop of events, if there is an address to tell them to. Only after the last fork."""
    # The type checker knows the shop's settings; these are the provider's own.
    url: str = settings.SANDBOX_WEBHOOK_URL  # type: ignore[misc]
    secret: str = settings.PROVIDER_WEBHOOK_SECRET  # type: ignore[misc]
    if url:
        tellings = Tellings(open_till().ledger)
        Messenger(tellings, url=url, secret=secret, is_sending=_is_sending).start()


def _is_sending() -> bool:
    return open_control().state.switches.webhooks.send
