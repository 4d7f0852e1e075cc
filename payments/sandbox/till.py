"""The process's one till, and who looks into it."""

import functools

from django.conf import settings

from payments.sandbox.charging import Till
from payments.sandbox.control import open_control
from payments.sandbox.ledger import Ledger
from payments.sandbox.look_ups import LookUps


@functools.cache
def open_till() -> Till:
    return Till(Ledger(settings.SANDBOX_LEDGER), control=open_control())


@functools.cache
def open_look_ups() -> LookUps:
    return LookUps(open_till(), control=open_control())
