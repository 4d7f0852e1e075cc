"""In whose trace the work on an attempt or refund happens.

What happens within an hour belongs to the trace of the request that began it: whoever
looks at that one sees all of it. Later that trace may be gone, or closed in everybody's mind:
the work is then a trace of its own, linked to the first.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.utils import timezone
from opentelemetry.trace import format_trace_id

from payments.outbox import RungRow
from webstore.telemetry import propagation

TRACE_LASTS = timedelta(hours=1)


def is_late(row: RungRow) -> bool:
    return timezone.now() - row.created_at > TRACE_LASTS


def for_ringing(row: RungRow) -> AbstractContextManager[None]:
    """Return the trace to publish the row's message in: never the sweep's."""
    return propagation.apart() if is_late(row) else propagation.continued(row.traceparent)


def for_working(row: RungRow) -> AbstractContextManager[None]:
    """Return the trace to work in: when it is late, the message's, unless that is the first one."""
    if not is_late(row):
        return propagation.continued(row.traceparent)
    first = format_trace_id(propagation.span_context_of(row.traceparent).trace_id)
    return propagation.apart() if propagation.current_trace_id() == first else nullcontext()


def to_carry_on(row: RungRow) -> str:
    """Return the `traceparent` for a row that takes this one's place."""
    return propagation.current_traceparent() if is_late(row) else row.traceparent
