"""What strange read sides may hold: dots that name no trace, or no span, and traces nobody can read."""

import json
import time
from contextlib import ExitStack
from typing import Any

import pytest

from tests.evidence.wrong import server, silent_server
from webstore.evidence.audit import Report, Scope, audit
from webstore.evidence.client import BadAnswer, ReadSide, Unreachable
from webstore.telemetry import contract

TRACE = {"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "APBnqgupArc="}]}]}]}
SPAN_ID = "00f067aa0ba902b7"


def _counts(labels: dict[str, str]) -> dict[str, int]:
    exemplar: dict[str, Any] = {"labels": labels, "value": "1", "timestamp": 5.0}
    answer = {"data": [{"seriesLabels": {}, "exemplars": [exemplar]}], "trace": TRACE}
    with (
        server(json.dumps(answer).encode()) as url,
        ReadSide(metrics_url=url, traces_url=url) as read_side,
    ):
        found = audit(read_side, Scope(("any_bucket",), 0, 10, 10)).counts
    return {state: count for state, count in found.items() if count}


def test_ids_in_capitals_are_the_same_ids() -> None:
    assert _counts({"trace_id": "AB" * 16, "span_id": SPAN_ID.upper()}) == {contract.ALIVE: 1}


@pytest.mark.parametrize("trace_id", ["", "../../-/quit", "x" * 32, "a" * 33])
def test_what_is_no_trace_id_opens_nothing(trace_id: str) -> None:
    assert _counts({"trace_id": trace_id, "span_id": SPAN_ID}) == {contract.TRACE_MISSING: 1}


def test_dot_without_a_span_is_dead() -> None:
    assert _counts({"trace_id": "ab" * 16}) == {contract.SPAN_MISSING: 1}


def _dots(count: int) -> bytes:
    """Return the answer of a store with a dot of each second, each of a trace of its own."""
    dots = [
        {"labels": {"trace_id": f"{at:032x}", "span_id": SPAN_ID}, "value": "1", "timestamp": at}
        for at in range(1, count + 1)
    ]
    return json.dumps({"data": [{"seriesLabels": {}, "exemplars": dots}]}).encode()


def _audited(traces_url: str, *, dot_count: int, timeout_seconds: float = 10.0) -> Report:
    with ExitStack() as stack:
        url = stack.enter_context(server(_dots(dot_count)))
        read_side = ReadSide(metrics_url=url, traces_url=traces_url, timeout_seconds=timeout_seconds)
        return audit(stack.enter_context(read_side), Scope(("any_bucket",), 0, 100, 100))


def test_one_trace_that_nobody_can_read_hides_no_other() -> None:
    with server(json.dumps({"trace": TRACE}).encode(), first=b'{"status":"PARTIAL"}') as url:
        report = _audited(url, dot_count=4)

    assert [finding.exemplar.at for finding in report.findings] == [3, 2, 1]
    assert (report.counts[contract.ALIVE], report.trace_count, report.unchecked_count) == (3, 4, 1)


def test_no_trace_that_anybody_can_read_is_no_finding() -> None:
    with server(b"<html>") as url, pytest.raises(BadAnswer, match="shape of Prometheus and Tempo"):
        _audited(url, dot_count=4)


def test_silent_store_is_not_asked_for_every_trace() -> None:
    began = time.monotonic()
    with silent_server() as url, pytest.raises(Unreachable, match="in time"):
        _audited(url, dot_count=50, timeout_seconds=0.1)

    assert time.monotonic() - began < 2
