"""Spans on their way: kept while the sink fails, given up when it refuses them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from tests.serving import served
from webstore.telemetry import contract, sending
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.sampling import Kept
from webstore.telemetry.sending import SpanSender
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("test")


class Sink(ThreadingHTTPServer):
    """A real OTLP/HTTP receiver that answers with whatever status the test sets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.names: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"


class Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200:
            self.server.names += _names(ExportTraceServiceRequest.FromString(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def _names(request: ExportTraceServiceRequest) -> list[str]:
    return [
        span.name for group in request.resource_spans for scope in group.scope_spans for span in scope.spans
    ]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with served(Sink()) as server:
        yield server


@contextmanager
def _sender(url: str, tally: Tally, delivered: list[int]) -> Iterator[SpanSender]:
    session = SinkSession()
    exporter = OTLPSpanExporter(endpoint=url, timeout=0.5, session=session)
    yield SpanSender(
        exporter,
        outgoing=Outgoing(Resource({})),
        session=session,
        on_delivered=delivered.extend,
        tally=tally,
    )
    session.close()


def _spans(*names: str) -> Sequence[Kept]:
    kept = []
    for name in names:
        span = TRACER.start_span(name)
        span.end()
        assert isinstance(span, ReadableSpan)
        kept.append(Kept(span))
    return kept


def test_arrived_spans_are_acknowledged(sink: Sink) -> None:
    delivered: list[int] = []
    spans = _spans("one", "two")

    with _sender(sink.url, Tally(), delivered) as sender:
        sender.send(spans)
        assert sender.flush()

    assert sink.names == ["one", "two"]
    assert len(delivered) == 2


@pytest.mark.parametrize("status", [503, 429])
def test_failed_batch_goes_first_next_time(sink: Sink, status: int) -> None:
    delivered: list[int] = []
    sink.status = status

    with _sender(sink.url, Tally(), delivered) as sender:
        sender.send(_spans("one", "two"))
        assert not sender.flush()
        assert delivered == []
        sink.status = 200
        sender.send(_spans("three"))
        assert sender.flush()

    assert sink.names == ["one", "two", "three"]


def test_refused_batch_is_given_up_and_counted(sink: Sink) -> None:
    tally, delivered = Tally(), list[int]()
    sink.status = 400

    with _sender(sink.url, tally, delivered) as sender:
        sender.send(_spans("one", "two"))
        assert sender.flush()
        sink.status = 200
        sender.send(_spans("three"))
        assert sender.flush()

    assert (sink.names, len(delivered)) == (["three"], 1)
    assert tally.count(contract.SPANS_LOST, contract.SINK_REFUSED) == 2
    assert tally.count(contract.EXPORT_FAILURES, contract.SIGNAL_TRACES) == 1


def test_unreachable_sink_keeps_a_bounded_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_QUEUE", 3)
    tally = Tally()

    with _sender("http://127.0.0.1:9/v1/traces", tally, []) as sender:
        sender.send(_spans("one", "two"))
        assert not sender.flush()
        sender.send(_spans("three", "four"))

    assert tally.count(contract.SPANS_LOST, contract.QUEUE_FULL) == 1
