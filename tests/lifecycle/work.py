"""What requests and tasks of the tests do, and a ledger of the spans they made that needs no telemetry."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, metrics, trace

from webstore.telemetry import propagation, tracing
from webstore.telemetry.carrying import carried

LEDGER = "LIFECYCLE_LEDGER"
VISITS = "lifecycle.visits"
VISIT = "visit"
RUN = "run"

_visits = metrics.get_meter("lifecycle").create_histogram(
    VISITS, unit="1", explicit_bucket_boundaries_advisory=(1, 10, 100)
)


def note_current(what: str = RUN) -> None:
    """Write down the current span, for the test to look for."""
    current = trace.get_current_span().get_span_context()
    line = f"{current.trace_id:032x} {current.span_id:016x} {what}\n"
    ledger = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(ledger, line.encode())
    os.close(ledger)


@contextmanager
def noted(name: str) -> Iterator[None]:
    with tracing.span(name):
        note_current(name)
        yield


def visit(value: float = 5) -> None:
    """Measure once, in a span of its own."""
    with noted(VISIT):
        _visits.record(value)


def settle_stored() -> None:
    """Come back to the current trace from a stored row, as a second local root of it."""
    stored = propagation.current_traceparent()
    nowhere = context.attach(context.Context())
    try:
        with propagation.continued(stored), noted("settle"):
            visit(50)
    finally:
        context.detach(nowhere)


def start_late_thread(*, seconds: float) -> threading.Thread:
    """Start a thread whose span ends after its root."""

    def late() -> None:
        with noted("late"):
            time.sleep(seconds)
            visit(500)

    thread = threading.Thread(target=carried(late))
    thread.start()
    return thread


def everything(*, late_seconds: float) -> threading.Thread:
    """Do all that a local trace can be made of."""
    note_current()
    visit()
    settle_stored()
    return start_late_thread(seconds=late_seconds)
