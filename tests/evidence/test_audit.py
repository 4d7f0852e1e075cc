"""An audit tells living dots from dead ones, exactly."""

import time

import pytest

from tests.lens import building
from tests.lens.process import LensProcess
from webstore.evidence.audit import ALL_HISTOGRAMS, Report, Scope, audit, bucket_query
from webstore.evidence.client import ReadSide, Unreachable
from webstore.telemetry import contract

QUERY = "shop_payment_duration_bucket"
LOST_TRACE = bytes.fromhex("2cf7651916cd43dd8448eb211c80319e")
MINUTE = 60 * building.SECOND


@pytest.fixture(scope="module")
def sent_at(lens: LensProcess) -> float:
    """Send five dots: three of one trace, one of another, one of a trace that never came."""
    now = building.now_ns()
    lens.send("/v1/traces", building.traces(building.span(1), building.span(2)))
    lens.send("/v1/traces", building.traces(building.span(3, trace=building.OTHER_TRACE)))
    exemplars = [
        building.exemplar(0.5, span_number=1, at_ns=now - 5 * MINUTE),
        building.exemplar(2.0, span_number=2, at_ns=now - 4 * MINUTE),
        building.exemplar(3.0, span_number=9, at_ns=now - 3 * MINUTE),
        building.exemplar(4.0, span_number=3, at_ns=now - 2 * MINUTE, trace=building.OTHER_TRACE),
        building.exemplar(6.0, span_number=4, at_ns=now - 1 * MINUTE, trace=LOST_TRACE),
    ]
    point = building.histogram_point((0, 1, 3, 1), exemplars=exemplars)
    assert lens.send("/v1/metrics", building.metrics(building.histogram(point))).ok
    return now / 1e9


def _audited(read_side: ReadSide, sent_at: float, *, minutes: float = 10, most_traces: int = 100) -> Report:
    return audit(read_side, Scope((QUERY,), sent_at - minutes * 60, sent_at, most_traces))


def test_counts_living_and_dead_exactly(read_side: ReadSide, sent_at: float) -> None:
    report = _audited(read_side, sent_at)

    assert report.counts == {contract.ALIVE: 3, contract.SPAN_MISSING: 1, contract.TRACE_MISSING: 1}
    assert (report.trace_count, report.unchecked_count) == (3, 0)


def test_dead_ones_are_named_newest_first(read_side: ReadSide, sent_at: float) -> None:
    dead = [(finding.state, finding.exemplar.value) for finding in _audited(read_side, sent_at).dead]

    assert dead == [(contract.TRACE_MISSING, 6.0), (contract.SPAN_MISSING, 3.0)]


def test_time_range_is_obeyed(read_side: ReadSide, sent_at: float) -> None:
    report = _audited(read_side, sent_at, minutes=2.5)

    assert [finding.exemplar.value for finding in report.findings] == [6.0, 4.0]


def test_limit_takes_the_newest_and_tells_of_the_rest(read_side: ReadSide, sent_at: float) -> None:
    report = _audited(read_side, sent_at, most_traces=2)

    assert [finding.exemplar.value for finding in report.findings] == [6.0, 4.0]
    assert (report.trace_count, report.unchecked_count) == (2, 3)


def test_time_that_is_over_before_the_first_trace_is_told(read_side: ReadSide, sent_at: float) -> None:
    scope = Scope((QUERY,), sent_at - 600, sent_at, most_traces=100, most_seconds=-1.0)

    with pytest.raises(Unreachable, match="too slow"):
        audit(read_side, scope)


def test_nothing_found_is_nothing_dead(read_side: ReadSide) -> None:
    report = audit(read_side, Scope(ALL_HISTOGRAMS, time.time() - 1, time.time(), 10))

    assert (report.findings, report.dead, sum(report.counts.values())) == ((), (), 0)


def test_every_histogram_is_asked_for_by_its_prometheus_name() -> None:
    assert set(ALL_HISTOGRAMS) == {
        "webstore_checkout_amount_bucket",
        "webstore_payment_duration_bucket",
        "webstore_order_time_to_paid_bucket",
        "webstore_task_wait_bucket",
        "webstore_task_duration_bucket",
        "http_server_request_duration_bucket",
        "http_client_request_duration_bucket",
    }


def test_signs_that_prometheus_has_not_become_underscores() -> None:
    assert bucket_query("shop-2.wait") == "shop_2_wait_bucket"
