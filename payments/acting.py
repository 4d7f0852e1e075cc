"""An act of the staff: who does it and why stands in the order's history, beside what came of it."""

from dataclasses import dataclass

from django.db.models import QuerySet

from orders import history
from payments.claiming import rest_seconds
from payments.models import PaymentAttempt
from payments.outbox import Row
from payments.telling import Actor, Kind
from webstore.telemetry import propagation

CHANGED_MEANWHILE = "Nothing was done: it no longer needs anybody."
_TOO_EARLY = "Nothing was done: a request may still be on its way to the provider. Ask in {seconds} s."
_LONGEST_NOTE = 400


@dataclass(frozen=True)
class Act:
    """Who acts, and why; `charge` is the provider's id of the one that is chosen, where one is."""

    by: str
    reason: str
    charge: str = ""

    def note(self, what: str) -> str:
        return f"{self.by} {what}: {self.reason}"[:_LONGEST_NOTE]


def refused(row: QuerySet[Row]) -> str:
    """Return why the one row of all that need somebody could not be taken."""
    seconds = rest_seconds(row)
    return _TOO_EARLY.format(seconds=seconds) if seconds else CHANGED_MEANWHILE


def note(
    attempt: PaymentAttempt,
    what: str,
    *,
    kind: Kind = Kind.REVIEW,
    sentence: str = "A person looked at your payment.",
) -> None:
    """Add the act to the order's history; what the staff wrote is for staff only."""
    history.record(
        attempt.order_id,
        kind=kind,
        actor=Actor.STAFF,
        sentence=sentence,
        trace_id=propagation.current_trace_id(),
        note=what,
    )
