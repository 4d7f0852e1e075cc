"""What happens long after the request that began an attempt is a trace of its own, linked to the first."""

from datetime import timedelta

import pytest
from celery.signals import before_task_publish
from django.utils import timezone
from opentelemetry import trace
from opentelemetry.trace import format_trace_id

from payments import charging, sweeping
from payments.models import PaymentAttempt
from payments.tasks import charge
from tests.payments.broker import Broker
from tests.payments.edge import Edge, replayed
from tests.payments.making import make_attempt
from tests.recording import Telemetry
from webstore.telemetry import propagation, tracing

pytestmark = pytest.mark.django_db

FIRST = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{FIRST}-b7ad6b7169203331-01"


def _late_attempt(*, minutes: int = 61) -> PaymentAttempt:
    attempt = make_attempt(traceparent=TRACEPARENT, rung_at=None)
    PaymentAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    return attempt


def _process_span(telemetry: Telemetry) -> tuple[str, list[str]]:
    """Return the trace of the one payment, and what it is linked to."""
    [span] = telemetry.spans("process_payment")
    assert span.context is not None
    linked = [format_trace_id(link.context.trace_id) for link in span.links]
    return format_trace_id(span.context.trace_id), linked


def test_within_the_hour_it_is_the_first_trace(edge: Edge, telemetry: Telemetry) -> None:
    charging.charge(_late_attempt(minutes=59).pk)

    assert _process_span(telemetry) == (FIRST, [])


def test_later_it_is_the_messages_trace(edge: Edge, telemetry: Telemetry) -> None:
    attempt = _late_attempt()

    with tracing.span("run/payments.tasks.charge"):
        message_trace = propagation.current_trace_id()
        charging.charge(attempt.pk)

    assert _process_span(telemetry) == (message_trace, [FIRST])
    assert attempt.order.history.latest("pk").trace_id == message_trace


def test_a_message_that_waited_for_an_hour_is_left_behind(edge: Edge, telemetry: Telemetry) -> None:
    attempt = _late_attempt()

    with propagation.continued(TRACEPARENT), tracing.span("run/payments.tasks.charge"):
        charging.charge(attempt.pk)

    trace_id, linked = _process_span(telemetry)
    assert (trace_id != FIRST, linked) == (True, [FIRST])


def test_the_sweep_begins_a_trace_for_it(broker: Broker, telemetry: Telemetry) -> None:
    _late_attempt()
    heard: list[bool] = []

    def note(**_: object) -> None:
        heard.append(trace.get_current_span().get_span_context().is_valid)

    before_task_publish.connect(note, weak=False)
    with tracing.span("run/payments.tasks.sweep"):
        assert sweeping.sweep(charge) == 1
    before_task_publish.disconnect(note)

    assert heard == [False]


def test_a_successor_stays_in_the_new_trace(edge: Edge, telemetry: Telemetry) -> None:
    attempt = _late_attempt()
    PaymentAttempt.objects.update(state="unknown", asked_count=1, tries=1)
    edge.script = [replayed(500)]

    charging.charge(attempt.pk)

    trace_id, _ = _process_span(telemetry)
    assert PaymentAttempt.objects.latest("pk").traceparent.split("-")[1] == trace_id
