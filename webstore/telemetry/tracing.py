"""Spans of our own, named by the contract."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.util.types import AttributeValue

from webstore.telemetry import contract

_tracer = trace.get_tracer(contract.SCOPE)


@contextmanager
def span(
    name: str,
    attributes: dict[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[Span]:
    """Run the block inside a new span; an exception that leaves it marks the span as failed."""
    with _tracer.start_as_current_span(name, attributes=attributes, kind=kind) as current:
        yield current
