"""What the OTLP port takes and how it refuses the rest."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Metric,
)

from tests.lens.building import OTHER_TRACE, TRACE, metrics, span, traces
from tests.lens.process import PROTOBUF, LensProcess

JSON = {"Content-Type": "application/json"}
GZIP = PROTOBUF | {"Content-Encoding": "gzip"}


def test_protobuf_is_stored_and_answered_in_protobuf(lens: LensProcess) -> None:
    answer = lens.send("/v1/traces", traces(span(1)))

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    assert lens.page(f"/api/traces/{TRACE.hex()}").status_code == 200


def test_json_has_hex_ids_and_is_answered_in_json(lens: LensProcess) -> None:
    sent = {"traceId": OTHER_TRACE.hex(), "spanId": "00000000000000aa", "name": "GET /", "kind": 2}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [sent | {"startTimeUnixNano": "1000"}]}]}]}

    answer = lens.post("/v1/traces", json.dumps(body).encode(), JSON)

    assert (answer.status_code, answer.json()) == (200, {})
    (batch,) = lens.page(f"/api/traces/{OTHER_TRACE.hex()}").json()["batches"]
    stored = batch["scopeSpans"][0]["spans"][0]
    assert (stored["name"], stored["kind"], stored["spanId"]) == ("GET /", "SPAN_KIND_SERVER", "AAAAAAAAAKo=")


def test_gzip_is_unpacked(lens: LensProcess) -> None:
    body = gzip.compress(traces(span(2)).SerializeToString())

    assert lens.post("/v1/traces", body, GZIP).status_code == 200


def test_a_chunked_body_is_read_whole(lens: LensProcess) -> None:
    body = traces(span(3, name="chunked")).SerializeToString()

    answer = lens.post("/v1/traces", (part for part in (body[:9], body[9:])), PROTOBUF)  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert "chunked" in lens.page(f"/traces/{TRACE.hex()}").text


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xff\xff", PROTOBUF),
        (b"not gzip", GZIP),
        (gzip.compress(b"x" * 1000)[:-9], GZIP),
        (gzip.compress(b"") + b"more", GZIP),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"resourceSpans": 3}', JSON),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}', JSON),
        (b'{"a":' * 100_000, JSON),
    ],
)
def test_a_bad_body_is_refused_in_its_own_encoding(
    lens: LensProcess, body: bytes, headers: dict[str, str]
) -> None:
    answer = lens.post("/v1/traces", body, headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, headers["Content-Type"])
    code = answer.json()["code"] if headers is JSON else Status.FromString(answer.content).code
    assert code == 3


def test_too_many_bytes_are_refused(lens: LensProcess) -> None:
    answer = lens.post("/v1/traces", bytes(8 * 2**20 + 1), PROTOBUF)

    assert answer.status_code == 413
    assert Status.FromString(answer.content).message == "a body has at most 8388608 bytes"


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(own_lens: LensProcess) -> None:
    answer = own_lens.post("/v1/metrics", gzip.compress(bytes(300 * 2**20), 1), GZIP)

    assert answer.status_code == 413
    assert own_lens.peak_bytes < 200 * 2**20


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_web_form_can_send_is_refused(lens: LensProcess, content_type: str) -> None:
    assert lens.post("/v1/traces", b"{}", {"Content-Type": content_type}).status_code == 415


def test_an_unknown_packing_is_refused(lens: LensProcess) -> None:
    assert lens.post("/v1/traces", b"", PROTOBUF | {"Content-Encoding": "br"}).status_code == 415


def test_spans_that_cannot_be_kept_are_named_in_the_answer(lens: LensProcess) -> None:
    unusable = span(9)
    unusable.trace_id = bytes(16)

    answer = lens.send("/v1/traces", traces(span(8), unusable, span(10, end_ns=2**63)))

    refused = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert refused.rejected_spans == 2
    assert (
        refused.error_message
        == "a trace id is 16 bytes, not all zero (1); a time is beyond the year 2262 (1)"
    )


def test_what_is_no_histogram_sum_or_gauge_is_named_in_the_answer(lens: LensProcess) -> None:
    unknown = Metric(
        name="x",
        exponential_histogram=ExponentialHistogram(data_points=[ExponentialHistogramDataPoint()] * 2),
    )

    answer = lens.send("/v1/metrics", metrics(unknown))

    refused = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert refused.rejected_data_points == 2
    assert refused.error_message == "only gauges, sums and explicit-bucket histograms are kept (2)"


def test_many_senders_and_readers_at_once_lose_nothing(lens: LensProcess) -> None:
    def send_and_read(sender: int) -> list[int]:
        own = [span(sender * 100 + n + 1, trace=(777).to_bytes(16)) for n in range(20)]
        sent = [lens.send("/v1/traces", traces(one)).status_code for one in own]
        return [*sent, lens.page("/").status_code, lens.page("/traces/309").status_code]

    with ThreadPoolExecutor(6) as pool:
        answers = [status for statuses in pool.map(send_and_read, range(6)) for status in statuses]

    assert set(answers) == {200}
    (batch,) = lens.page("/api/traces/309").json()["batches"]
    assert len(batch["scopeSpans"][0]["spans"]) == 120
