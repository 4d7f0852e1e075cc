"""The sink's door: what it answers to spans and metrics sent as the programs send them."""

from collections.abc import Iterator

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_CERTIFICATE

from webstore.evidence.asking import Answer, ReadSideError
from webstore.evidence.doctor.places import Door
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit
from webstore.evidence.plain import plain, shown

HOP = Hop("exporter")
_BUSY = {429, 502, 503, 504}
_PROMETHEUS_DOOR = "/api/v1/otlp"


def examine(visit: Visit) -> Iterator[Verdict]:
    if visit.places.off_by:
        yield HOP.wrong(
            f"Telemetry is off here: {visit.places.off_by}.",
            setting=visit.places.off_by,
            remedy="Give every program the sink's address, such as http://collector:4318.",
        )
    found = [
        *_judged(visit, "spans", door=visit.places.span_door, answer=visit.sent.spans),
        *_judged(visit, "metrics", door=visit.places.metric_door, answer=visit.sent.metrics),
    ]
    yield from found
    if not found and visit.sent.spans and visit.sent.metrics:
        yield HOP.fine(f"The sink took our spans in {visit.seconds * 1_000:.0f} ms, and our metrics.")


def _judged(
    visit: Visit, what: str, *, door: Door | None, answer: Answer | ReadSideError | None
) -> Iterator[Verdict]:
    if door is None or answer is None:
        return
    if isinstance(answer, ReadSideError):
        said = f"{answer}, so no {what} leave."
        yield visit.failed(HOP, said, setting=door.variable, remedy=_remedy_for_silence(door))
    elif not 200 <= answer.status < 300:
        yield _refused(what, door, answer)
    elif rejected := _rejected(answer):
        count, reason = rejected
        yield HOP.wrong(f"{answer.url} said yes, and took {count} {what} less: {reason or 'no reason told'}.")


def _remedy_for_silence(door: Door) -> str:
    if door.url.startswith("https:"):
        return f"Start the sink, or let {OTEL_EXPORTER_OTLP_CERTIFICATE} name who signed its certificate."
    if ":4317" in shown(door.url):
        return "Use the port for OTLP over HTTP, 4318: 4317 speaks gRPC."
    return "Start the sink, or correct the address."


def _refused(what: str, door: Door, answer: Answer) -> Verdict:
    said = f"{answer.url} answered {answer.status} to our {what}: {answer.said or 'nothing more'}"
    if answer.status == 404 and _PROMETHEUS_DOOR in door.url:
        return HOP.wrong(
            said, setting="--web.enable-otlp-receiver", remedy="Start Prometheus with this flag."
        )
    if answer.status in {401, 403}:
        return HOP.wrong(
            said,
            setting="OTEL_EXPORTER_OTLP_HEADERS",
            remedy="Give the programs the header the sink wants.",
        )
    if answer.status in {400, *_BUSY}:
        # The address is right. What is wrong with the content, or with the sink, its own hop tells.
        return HOP.wrong(said)
    return HOP.wrong(said, setting=door.variable, remedy="Correct the address, or let the sink take OTLP.")


def _rejected(answer: Answer) -> tuple[int, str] | None:
    """Return how many a sink that said yes did not take, and why."""
    try:
        # The answer about metrics has the same two fields under the same numbers.
        partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    except DecodeError:
        return None
    return (partial.rejected_spans, plain(partial.error_message)[:200]) if partial.rejected_spans else None
