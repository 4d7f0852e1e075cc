"""The read API in Tempo's shapes, asked over HTTP."""

import base64

import pytest

from tests.lens.building import TRACE, span, traces
from tests.lens.process import LensProcess

ABSENT = "f" * 32


@pytest.fixture(scope="module", autouse=True)
def _one_trace(lens: LensProcess) -> None:
    lens.send("/v1/traces", traces(span(1, start_ns=1_000, end_ns=2_000, country="US"), service="web"))
    lens.send("/v1/traces", traces(span(2, parent=1, start_ns=1_500, failed=True), service="worker"))


def test_a_trace_has_tempos_exact_shape(lens: LensProcess) -> None:
    groups = lens.page(f"/api/v2/traces/{TRACE.hex()}").json()["trace"]["resourceSpans"]

    assert groups[0]["resource"]["attributes"][1] == {"key": "service.name", "value": {"stringValue": "web"}}
    (scope_spans,) = groups[0]["scopeSpans"]
    assert scope_spans["scope"] == {}
    assert scope_spans["spans"] == [
        {
            "traceId": base64.b64encode(TRACE).decode(),
            "spanId": "AAAAAAAAAAE=",
            "name": "span 1",
            "startTimeUnixNano": "1000",
            "endTimeUnixNano": "2000",
            "attributes": [{"key": "country", "value": {"stringValue": "US"}}],
        }
    ]


def test_every_program_is_a_group_of_its_own(lens: LensProcess) -> None:
    groups = lens.page(f"/api/v2/traces/{TRACE.hex()}").json()["trace"]["resourceSpans"]

    child = groups[1]["scopeSpans"][0]["spans"][0]
    assert (len(groups), child["parentSpanId"]) == (2, "AAAAAAAAAAE=")
    assert child["status"] == {"code": "STATUS_CODE_ERROR"}


def test_version_1_names_the_same_groups_batches(lens: LensProcess) -> None:
    new = lens.page(f"/api/v2/traces/{TRACE.hex()}").json()
    old = lens.page(f"/api/traces/{TRACE.hex().upper()}").json()

    assert old == {"batches": new["trace"]["resourceSpans"]}


def test_a_missing_trace_is_empty_in_version_2_and_404_in_version_1(lens: LensProcess) -> None:
    new = lens.page(f"/api/v2/traces/{ABSENT}")

    assert (new.status_code, new.json()) == (200, {"trace": {}})
    assert lens.page(f"/api/traces/{ABSENT}").status_code == 404


@pytest.mark.parametrize("trace_id", ["xyz", "1" * 33, "12 34", "%00"])
@pytest.mark.parametrize("path", ["/api/traces/", "/api/v2/traces/"])
def test_a_malformed_id_is_refused(lens: LensProcess, path: str, trace_id: str) -> None:
    assert lens.page(path + trace_id).status_code == 400


def test_a_short_id_is_padded(lens: LensProcess) -> None:
    lens.send("/v1/traces", traces(span(7, trace=(0xABC).to_bytes(16))))

    assert lens.page("/api/traces/abc").status_code == 200
