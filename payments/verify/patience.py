"""T: how long a payment may be under way by itself before a person must know of it.

Each of PAYMENT_MAX_TRIES tries lasts a lease at most (12 s) and begins `OVERDUE` at most after it is
due: rung for once more after 10 s, by a sweep every 2 s, it may find a worker who needs 35 s to reach a
broker that was away for long, or stand behind 500 others of which ten are paid a second. Between two
tries lies the wait of `backoff.patient_seconds`, at its longest where the provider asks for patience
(300 s). With five tries: 5 * (12 + 60) + 4 * 300 = 1 560 s.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from payments.backoff import patient_seconds
from payments.claiming import LEASE
from payments.outbox import OVERDUE


@dataclass(frozen=True)
class Patience:
    """How long a row may be live in all, and how long its next step may be overdue."""

    total: timedelta
    late: timedelta


def usual() -> Patience:
    """Return the patience that the settings come to."""
    tries = settings.PAYMENT_MAX_TRIES
    waits = sum(patient_seconds("", tries=nth, asked_for=math.inf) for nth in range(1, tries))
    return Patience(tries * (LEASE + OVERDUE) + timedelta(seconds=waits), OVERDUE)


def of_seconds(seconds: float) -> Patience:
    """Return less patience, or more: nothing waits for its next step longer than for everything."""
    total = timedelta(seconds=seconds)
    return Patience(total, min(OVERDUE, total))
