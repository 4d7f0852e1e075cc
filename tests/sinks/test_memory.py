"""A full queue is small: the bound that every failing sink ends at."""

import tracemalloc
from collections.abc import Iterable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from webstore.telemetry import contract, sending
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.sampling import Kept
from webstore.telemetry.sending import SpanSender
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("test")
LIMIT_MIB = 16


def _server_span(number: int) -> ReadableSpan:
    """Return a span as large as the shop's largest: no text of it is shared with another."""
    asked: dict[str, AttributeValue] = {
        "url.path": f"/products/{number}",
        "client.port": number,
        "user_agent.original": "x" * 100,
    }
    span = TRACER.start_span("GET /products", kind=SpanKind.SERVER, attributes=asked)
    for key in ("http.request.method", "http.route", "server.address", "url.scheme", "error.type"):
        span.set_attribute(key, f"{key} {number}")
    span.record_exception(ValueError("told"))
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


def _forget(_span_ids: Iterable[int]) -> None:
    """Nobody waits for them here."""


def test_full_queue_of_large_spans_stays_below_the_limit() -> None:
    tally, session = Tally(), SinkSession()
    exporter = OTLPSpanExporter(endpoint="http://127.0.0.1:9/v1/traces", session=session)
    sender = SpanSender(
        exporter, outgoing=Outgoing(Resource({})), session=session, on_delivered=_forget, tally=tally
    )

    tracemalloc.start()
    for number in range(sending.MAX_QUEUE + 500):
        sender.send([Kept(_server_span(number), contract.BASELINE)])
    sender.flush()
    grown_mib = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()

    assert tally.count(contract.SPANS_LOST, contract.QUEUE_FULL) == 500
    assert grown_mib <= LIMIT_MIB
