"""Spans of our own, named by the contract."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from webstore.telemetry import contract

_tracer = trace.get_tracer(contract.SCOPE)


@contextmanager
def span(
    name: str,
    attributes: dict[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    expected: tuple[type[Exception], ...] = (),
) -> Iterator[Span]:
    """Run the block inside a new span; an exception that leaves it marks the span as failed.

    `expected` ones do not: a customer who is told "sold out" is no failure of the program, and
    failures keep their trace.
    """
    with _tracer.start_as_current_span(
        name, attributes=attributes, kind=kind, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except expected:
            raise
        except GeneratorExit:
            raise
        # Also what ends the process in the middle of the block: a worker told to stop, a time limit.
        except BaseException as error:
            current.record_exception(error)
            current.set_status(Status(StatusCode.ERROR))
            raise
