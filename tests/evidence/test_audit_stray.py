"""What strange read sides may hold: dots that name no trace, or no span."""

import json
from typing import Any

import pytest

from tests.evidence.wrong import server
from webstore.evidence.audit import Scope, audit
from webstore.evidence.client import ReadSide
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
