"""One request to the sink: tried once, believed only when all of it was taken."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from tests.sinks.answering import Answering, answering_sink
from webstore.telemetry import contract
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.sampling import Kept, Note
from webstore.telemetry.sending import SpanSender
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("test")


class Rig:
    """A sender to a sink that answers as told."""

    def __init__(self, sink: Answering) -> None:
        self.sink = sink
        self.tally = Tally()
        self.delivered: list[int] = []
        self.session = session = SinkSession()
        self.sender = SpanSender(
            OTLPSpanExporter(endpoint=sink.url("/v1/traces"), timeout=2, session=session),
            outgoing=Outgoing(Resource({})),
            session=session,
            on_delivered=self.delivered.extend,
            tally=self.tally,
        )

    @property
    def asked(self) -> list[list[str]]:
        """Return the span ids the sink was sent, request by request."""
        sent = [ExportTraceServiceRequest.FromString(body) for body in self.sink.bodies]
        return [[span.span_id.hex() for span in one.resource_spans[0].scope_spans[0].spans] for one in sent]

    def send(self, count: int = 1) -> bool:
        self.sender.send([Kept(_span()) for _ in range(count)])
        return self.sender.flush()


def _span() -> ReadableSpan:
    span = TRACER.start_span("request")
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


@pytest.fixture
def rig() -> Iterator[Rig]:
    with answering_sink() as sink:
        rig = Rig(sink)
        yield rig
        rig.session.close()


@pytest.mark.parametrize("status", [503, 429, 502])
def test_busy_sink_is_asked_once_whatever_it_says_about_later(rig: Rig, status: int) -> None:
    rig.sink.always(status, Retry_After="0")

    assert not rig.send()

    assert len(rig.asked) == 1


def test_redirect_is_no_delivery(rig: Rig) -> None:
    rig.sink.always(302, Location="/login")

    assert not rig.send()

    assert rig.delivered == []


def test_spans_of_a_partly_taken_request_are_not_acknowledged(rig: Rig) -> None:
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 1
    rig.sink.always(200, body=answer.SerializeToString())

    rig.send(3)

    assert rig.delivered == []
    assert rig.tally.count(contract.SPANS_LOST, contract.SINK_REFUSED) == 1


def test_failing_sink_is_asked_with_a_few_spans_only(rig: Rig) -> None:
    rig.sink.always(503)
    rig.send(300)

    rig.sender.flush()
    rig.sink.always(200)
    rig.sender.flush()

    assert [len(ids) for ids in rig.asked] == [300, 16, 16, 284]


def test_sink_that_refuses_everything_costs_few_spans_a_try(rig: Rig) -> None:
    rig.sink.always(400)

    rig.send(2_000)
    rig.sender.flush()

    assert [len(ids) for ids in rig.asked] == [512, 16, 16]
    assert rig.tally.count(contract.SPANS_LOST, contract.SINK_REFUSED) == 544


def test_one_poisoned_batch_does_not_hold_up_the_next(rig: Rig) -> None:
    rig.sink.always(400)
    rig.send()
    rig.sink.always(200)

    assert rig.send(20)

    assert len(rig.delivered) == 20


def test_note_sent_again_keeps_its_span_id(rig: Rig) -> None:
    parent = trace.SpanContext(1, 2, is_remote=False)
    rig.sender.send([Kept(Note(parent, "SELECT", {}, 1, 2, ""))])
    rig.sink.always(503)
    rig.sender.flush()

    rig.sink.always(200)
    rig.sender.flush()

    assert rig.asked[0] == rig.asked[-1]
