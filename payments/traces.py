"""In whose trace the work on an attempt happens.

What happens within an hour belongs to the trace of the request that began the attempt: whoever
looks at that one sees all of it. Later that trace may be gone, or closed in everybody's mind:
the work is then a trace of its own, linked to the first.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.utils import timezone
from opentelemetry.trace import format_trace_id

from payments.models import PaymentAttempt
from webstore.telemetry import propagation

TRACE_HOURS = timedelta(hours=1)


def is_late(attempt: PaymentAttempt) -> bool:
    return timezone.now() - attempt.created_at > TRACE_HOURS


def for_ringing(attempt: PaymentAttempt) -> AbstractContextManager[None]:
    """Return the trace to publish the attempt's message in: never the sweep's."""
    return propagation.apart() if is_late(attempt) else propagation.continued(attempt.traceparent)


def for_working(attempt: PaymentAttempt) -> AbstractContextManager[None]:
    """Return the trace to work in: when it is late, the message's, unless that is the first one."""
    if not is_late(attempt):
        return propagation.continued(attempt.traceparent)
    first = format_trace_id(propagation.span_context_of(attempt.traceparent).trace_id)
    return propagation.apart() if propagation.current_trace_id() == first else nullcontext()


def to_carry_on(attempt: PaymentAttempt) -> str:
    """Return the `traceparent` for an attempt that takes this one's place."""
    return propagation.current_traceparent() if is_late(attempt) else attempt.traceparent
