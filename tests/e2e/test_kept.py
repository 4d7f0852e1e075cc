"""Why each local trace was kept stands on its local root, and nowhere else."""

import time

import pytest

from tests.e2e import evidence
from tests.e2e.evidence import Span, eventually
from tests.e2e.running import Demo
from webstore.telemetry import contract

REASONS = {contract.BASELINE, contract.CROSSING, contract.ERROR, contract.EXEMPLAR}


@pytest.fixture(scope="module")
def traces(busy: Demo) -> list[list[Span]]:
    """Return every trace that is stored and complete, but the doctor's: it sends them without choosing."""
    ids = eventually(lambda: busy.lens_rows("SELECT trace_id FROM traces"))
    # Spans leave after a second, each program's at its own: those of the newest traces are on their way.
    time.sleep(3)
    stored = [evidence.trace(busy.lens, trace_id) for (trace_id,) in ids]
    return [spans for spans in stored if {span.instance for span in spans} != {contract.DOCTOR}]


def _split(spans: list[Span]) -> tuple[list[Span], list[Span]]:
    """Return a trace's local roots, and the rest: a root's parent is another process' span, or nobody's."""
    instances = {span.span_id: span.instance for span in spans}
    roots = [span for span in spans if instances.get(span.parent_id) != span.instance]
    return roots, [span for span in spans if span not in roots]


def test_every_local_root_says_why_it_was_kept(traces: list[list[Span]]) -> None:
    reasons = [span.attributes.get(contract.KEPT) for spans in traces for span in _split(spans)[0]]

    assert len(reasons) >= len(traces) > 0
    assert set(reasons) <= REASONS


def test_nothing_below_a_local_root_says_so(traces: list[list[Span]]) -> None:
    below = [span for spans in traces for span in _split(spans)[1]]

    assert below
    assert [span for span in below if contract.KEPT in span.attributes] == []


def test_no_parent_is_missing(traces: list[list[Span]]) -> None:
    ids = {span.span_id for spans in traces for span in spans}

    orphans = [span for spans in traces for span in spans if span.parent_id and span.parent_id not in ids]
    assert orphans == []


def test_checkouts_are_kept_for_crossing_or_by_chance(traces: list[list[Span]]) -> None:
    checkouts = [span for spans in traces for span in spans if span.name == contract.CHECKOUT]

    assert {span.attributes[contract.KEPT] for span in checkouts} <= {contract.CROSSING, contract.BASELINE}
