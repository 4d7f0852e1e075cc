"""The shop's settings with the switch of the fault tests in them.

Named by DJANGO_SETTINGS_MODULE, so that the shop's own code needs no switch at all.
"""

from tests.faults.inside import switch
from webstore.settings import *  # noqa: F403 - they are the shop's, plus one app
from webstore.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.inside"]

if switch.seeded_bug() == "deferred_transactions":
    if DATABASES["default"]["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
        raise switch.Disarmed("no transaction mode stands in the settings")
    DATABASES["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"
