"""With nothing sampled, the budget for exemplars alone still gives dots, and all of them live."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.crowd import shop
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo, running_demo
from webstore.evidence.audit import ALL_HISTOGRAMS, Report, Scope, audit
from webstore.evidence.client import ReadSide
from webstore.telemetry import contract


@pytest.fixture(scope="module")
def unsampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("unsampled"), WEBSTORE_TRACE_RATIO="0") as running:
        shop(running, orders=12, first_tokens=())
        yield running


@pytest.fixture(scope="module")
def report(unsampled: Demo) -> Report:
    """Audit everything up to now, once every histogram has dots."""
    with ReadSide(metrics_url=unsampled.lens, traces_url=unsampled.lens) as read_side:
        eventually(lambda: all(read_side.exemplars(query, start=0, end=9e9) for query in ALL_HISTOGRAMS))
        return audit(read_side, Scope(ALL_HISTOGRAMS, 0, time.time(), most_traces=10_000))


def test_every_histogram_has_dots(report: Report) -> None:
    assert {finding.exemplar.metric for finding in report.findings} == set(ALL_HISTOGRAMS)


def test_audit_finds_no_dead_dot(report: Report) -> None:
    assert (report.dead, report.unchecked_count) == ((), 0)
    assert report.counts[contract.ALIVE] >= 20


def test_pages_are_kept_for_their_dots_alone(unsampled: Demo) -> None:
    sql = (
        "SELECT DISTINCT json_extract(attributes, '$.\"webstore.kept\"') FROM spans WHERE name LIKE 'GET /%'"
    )

    assert unsampled.lens_rows(sql) == [(contract.EXEMPLAR,)]
