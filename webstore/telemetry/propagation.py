"""Where a trace crosses a border: the edge (strip), the row (store, restore), the queue (publish)."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task
from opentelemetry import context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.celery.utils import detach_context, retrieve_context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace import Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Where the edge leaves what a stranger sent, for a link on the server span.
REMOTE_CONTEXT = "webstore.remote_context"

_EDGE_HEADERS = ("HTTP_TRACEPARENT", "HTTP_TRACESTATE", "HTTP_BAGGAGE")
_propagator = TraceContextTextMapPropagator()


def strip_trace_headers(app: WSGIApp) -> WSGIApp:
    """Return `app` with inbound trace headers removed: a stranger neither joins nor hides a trace.

    A well-formed remote context stays in the environ under `REMOTE_CONTEXT`, to become a link.
    """

    def edge(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        inbound = {key: environ.pop(key) for key in _EDGE_HEADERS if key in environ}
        traceparent = inbound.get("HTTP_TRACEPARENT")
        if traceparent and (remote := span_context_of(traceparent)).is_valid:
            environ[REMOTE_CONTEXT] = remote
        return app(environ, start_response)

    return edge


def span_context_of(traceparent: str) -> SpanContext:
    """Return the span context a W3C `traceparent` names; an invalid one for anything malformed."""
    restored = _propagator.extract({"traceparent": traceparent}, Context())
    return trace.get_current_span(restored).get_span_context()


def current_traceparent() -> str:
    """Return the W3C `traceparent` of the current span, "" when there is none."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent", "")


def current_trace_id() -> str:
    """Return the current trace's id as 32 hex digits, "" when there is none."""
    current = trace.get_current_span().get_span_context()
    return trace.format_trace_id(current.trace_id) if current.is_valid else ""


class CrossingPropagator(TextMapPropagator):
    """W3C trace context that tells `cross` which span's context leaves the process.

    `cross` takes a span id and answers whether the trace may still be joined: what was
    dropped is never injected, so that nobody keeps children of a trace without a root.
    """

    def __init__(self, cross: Callable[[int], bool]) -> None:
        self._cross = cross

    @property
    def fields(self) -> set[str]:
        return _propagator.fields

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        return _propagator.extract(carrier, context, getter)

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        current = trace.get_current_span(context).get_span_context()
        if current.is_valid and self._cross(current.span_id):
            _propagator.inject(carrier, context, setter)


@contextmanager
def continued(traceparent: str) -> Iterator[None]:
    """Run the block in the trace of a stored `traceparent`.

    When the current span already belongs to that trace it stays the parent, so that
    a run which came through the queue is not torn off its message.
    """
    stored = span_context_of(traceparent)
    current = trace.get_current_span().get_span_context()
    if not stored.is_valid or stored.trace_id == current.trace_id:
        yield
        return
    token = context.attach(_propagator.extract({"traceparent": traceparent}, Context()))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def apart() -> Iterator[None]:
    """Run the block outside of every trace: what begins there is a trace of its own."""
    token = context.attach(Context())
    try:
        yield
    finally:
        context.detach(token)


def link(span: Span, traceparent: str) -> None:
    """Link a span to what a stored `traceparent` names, unless that is the span's own trace."""
    stored = span_context_of(traceparent)
    if stored.is_valid and stored.trace_id != span.get_span_context().trace_id:
        span.add_link(stored)


def publish(task: "Task[..., Any]", *args: Any, **options: Any) -> None:
    """Publish one message for `task`, once, without retrying.

    Raises what the broker client raises. The instrumentation ends its producer span only
    on success, so a failed publish ends it here: otherwise it stays current for ever.
    """
    task_id = str(uuid.uuid4())
    try:
        task.apply_async(args=args, task_id=task_id, retry=False, **options)
    except Exception as error:
        producer = retrieve_context(task, task_id, is_publish=True)
        if producer is not None:
            _, activation, _ = producer
            activation.__exit__(type(error), error, error.__traceback__)
            detach_context(task, task_id, is_publish=True)
        raise
