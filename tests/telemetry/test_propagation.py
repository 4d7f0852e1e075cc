"""Borders of a trace: the edge, the row, the queue."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import StatusCode

from tests.recording import Telemetry
from webstore.telemetry import propagation
from webstore.telemetry.tracing import span

STRANGER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _environ_inside(environ: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def app(inner: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(inner)
        return []

    propagation.strip_trace_headers(app)(environ, lambda *_: None)
    return seen


def test_edge_removes_every_trace_header() -> None:
    headers = {"HTTP_TRACEPARENT": STRANGER, "HTTP_TRACESTATE": "a=b", "HTTP_BAGGAGE": "email=x"}

    inside = _environ_inside({**headers, "PATH_INFO": "/checkout"})

    assert set(inside) == {"PATH_INFO", propagation.REMOTE_CONTEXT}


def test_edge_keeps_a_valid_context_for_a_link() -> None:
    inside = _environ_inside({"HTTP_TRACEPARENT": STRANGER})

    remote = inside[propagation.REMOTE_CONTEXT]
    assert trace.format_trace_id(remote.trace_id) == "0af7651916cd43dd8448eb211c80319c"


@given(st.text(max_size=80))
def test_edge_survives_whatever_a_stranger_sends(header: str) -> None:
    inside = _environ_inside({"HTTP_TRACEPARENT": header})

    assert "HTTP_TRACEPARENT" not in inside


def test_stored_context_is_restored(telemetry: Telemetry) -> None:
    with span("stored"):
        stored = propagation.current_traceparent()

    with propagation.continued(stored), span("restored"):
        pass

    [parent], [child] = telemetry.spans("stored"), telemetry.spans("restored")
    assert child.parent is not None
    assert (child.parent.trace_id, child.parent.span_id) == (parent.context.trace_id, parent.context.span_id)


def test_current_span_of_the_same_trace_stays_the_parent(telemetry: Telemetry) -> None:
    with span("request"):
        stored = propagation.current_traceparent()
        with span("run"), propagation.continued(stored), span("payment"):
            pass

    [run], [payment] = telemetry.spans("run"), telemetry.spans("payment")
    assert payment.parent == run.context


@pytest.mark.parametrize("stored", ["", "garbage", "00-0-0-00", STRANGER[:-1]])
def test_malformed_context_starts_no_trace_of_its_own(telemetry: Telemetry, stored: str) -> None:
    with span("here"), propagation.continued(stored), span("inner"):
        pass

    [here], [inner] = telemetry.spans("here"), telemetry.spans("inner")
    assert inner.parent == here.context


@pytest.fixture
def instrumented_celery() -> Iterator[Celery]:
    previous = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    app = Celery("nobody", broker="redis+socket:///nonexistent/broker.sock", set_as_current=True)
    instrumentor = CeleryInstrumentor()  # type: ignore[no-untyped-call]
    instrumentor.instrument(meter_provider=NoOpMeterProvider())
    yield app
    instrumentor.uninstrument()
    previous.set_current()


def _unreachable_task(app: Celery) -> Any:
    @app.task(name="ring")
    def ring() -> None: ...

    return ring


def test_failed_publish_ends_its_span(telemetry: Telemetry, instrumented_celery: Celery) -> None:
    with span("request"), pytest.raises(OperationalError):
        propagation.publish(_unreachable_task(instrumented_celery))
    with span("next"):
        pass

    [published], [request], [after] = (
        telemetry.spans(name) for name in ("apply_async/ring", "request", "next")
    )
    assert (published.parent, after.parent) == (request.context, None)
    assert published.status.status_code is StatusCode.ERROR
