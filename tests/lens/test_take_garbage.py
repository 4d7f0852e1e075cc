"""Whatever bytes arrive: an answer in the 2xx or 4xx, and the lens goes on."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lens.building import exemplar, histogram, histogram_point, metrics, span, traces
from tests.lens.process import PROTOBUF, LensProcess

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATHS = st.sampled_from(["/v1/traces", "/v1/metrics"])

VALID = {
    "/v1/traces": traces(span(1, country="US")).SerializeToString(),
    "/v1/metrics": metrics(
        histogram(histogram_point([1, 2, 3, 4], exemplars=[exemplar(1.0)]))
    ).SerializeToString(),
}
# Words the parser knows, so that made-up documents get deep into it.
SPAN_WORDS = ("resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "kind", "startTimeUnixNano")
POINT_WORDS = ("resourceMetrics", "scopeMetrics", "metrics", "histogram", "dataPoints", "bucketCounts")
OTHER_WORDS = ("attributes", "key", "value", "arrayValue", "values", "exemplars", "asDouble", "timeUnixNano")
WORDS = st.sampled_from([*SPAN_WORDS, *POINT_WORDS, *OTHER_WORDS])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("00" * 16)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def _stays_alive(lens: LensProcess) -> Any:
    before = lens.worker_pid
    yield
    assert lens.worker_pid == before


def _is_answered(lens: LensProcess, path: str, body: bytes, headers: dict[str, str]) -> None:
    status = lens.post(path, body, headers).status_code
    assert status in {200, 400}, status


@FUZZ
@given(PATHS, st.binary(max_size=300))
def test_any_bytes_are_answered(lens: LensProcess, path: str, body: bytes) -> None:
    _is_answered(lens, path, body, PROTOBUF)


@FUZZ
@given(PATHS, st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
def test_a_damaged_message_is_answered(lens: LensProcess, path: str, place: int, damage: bytes) -> None:
    body = bytearray(VALID[path])
    place %= len(body)
    body[place : place + len(damage)] = damage

    _is_answered(lens, path, bytes(body), PROTOBUF)


@FUZZ
@given(PATHS, st.dictionaries(WORDS, DOCUMENTS, max_size=4))
def test_any_json_is_answered(lens: LensProcess, path: str, document: dict[str, Any]) -> None:
    _is_answered(lens, path, json.dumps(document).encode(), {"Content-Type": "application/json"})


@FUZZ
@given(st.lists(st.integers(0, 2**64 - 1), min_size=4, max_size=4), st.floats(), st.integers(0, 2**64 - 1))
def test_any_numbers_are_answered(lens: LensProcess, buckets: list[int], total: float, time_ns: int) -> None:
    point = histogram_point([0, 0, 0, 0], exemplars=[exemplar(total, at_ns=time_ns)])
    point.bucket_counts[:] = buckets
    point.count, point.sum, point.start_time_unix_nano = buckets[0], total, time_ns

    for body in (VALID["/v1/metrics"], metrics(histogram(point)).SerializeToString()):
        _is_answered(lens, "/v1/metrics", body, PROTOBUF)
    assert lens.page("/").status_code == 200
    assert lens.page("/metrics/shop.payment.duration").status_code == 200


def test_counts_too_large_to_add_up_are_shown(lens: LensProcess) -> None:
    for instance in ("a/0", "b/0", "c/0"):
        point = histogram_point([2**63 - 1, 0, 0, 0])
        lens.send("/v1/metrics", metrics(histogram(point), instance=instance))

    assert lens.page("/").status_code == 200
    assert lens.page("/metrics/shop.payment.duration").status_code == 200
