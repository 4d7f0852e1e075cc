"""The read API in Prometheus' shapes, asked over HTTP."""

import time
from typing import Any

import pytest

from tests.lens.building import SECOND, TRACE, counter, exemplar, histogram, histogram_point, metrics
from tests.lens.process import LensProcess

LABELS = {
    "country": "US",
    "instance": "worker/0",
    "job": "webstore/worker",
    "service_instance_id": "worker/0",
    "service_name": "worker",
}


@pytest.fixture(scope="module")
def at_ns(lens: LensProcess) -> int:
    """Return when the one exemplar was measured."""
    at = time.time_ns() // 10**6 * 10**6
    point = histogram_point([1, 0, 2, 1], exemplars=[exemplar(2.5, at_ns=at)])
    lens.send("/v1/metrics", metrics(histogram(point), counter(7)))
    lens.send("/v1/metrics", metrics(histogram(histogram_point([0, 3, 0, 0])), instance="worker/1"))
    return at


def _exemplars(lens: LensProcess, **parameters: Any) -> Any:
    answer = lens.page("/api/v1/query_exemplars", params=parameters)
    assert answer.json()["status"] == "success"
    return answer.json()["data"]


def _values(lens: LensProcess, query: str) -> dict[str, str]:
    answer = lens.page("/api/v1/query", params={"query": query}).json()
    assert (answer["status"], answer["data"]["resultType"]) == ("success", "vector")
    labels = ("instance", "le")
    return {
        " ".join(sample["metric"].get(label, "") for label in labels).strip(): sample["value"][1]
        for sample in answer["data"]["result"]
    }


def test_an_exemplar_has_prometheus_exact_shape(lens: LensProcess, at_ns: int) -> None:
    data = _exemplars(lens, query="shop_payment_duration_bucket")

    labels = LABELS | {"__name__": "shop_payment_duration_bucket", "le": "5"}
    ids = {"trace_id": TRACE.hex(), "span_id": "0000000000000001"}
    dot = {"labels": ids, "value": "2.5", "timestamp": at_ns / SECOND}
    assert data == [{"seriesLabels": labels, "exemplars": [dot]}]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("shop_payment_duration", 1),
        ('shop_payment_duration_bucket{country="US"}', 1),
        ('shop_payment_duration_bucket{country="DE"}', 0),
        ('shop_payment_duration_bucket{country!="US"}', 0),
        ('shop_payment_duration_bucket{country=~"U.|DE", job!~"shop.*", le="5",}', 1),
        ('shop_payment_duration_bucket{le="1"}', 0),
        ('shop_payment_duration_bucket{absent=""}', 1),
        ("shop_payment_duration_count", 0),
        ("unknown_bucket", 0),
    ],
)
def test_matchers_select(lens: LensProcess, at_ns: int, query: str, count: int) -> None:
    assert len(_exemplars(lens, query=query)) == count


def test_start_and_end_select(lens: LensProcess, at_ns: int) -> None:
    name, at = "shop_payment_duration_bucket", at_ns / SECOND

    assert len(_exemplars(lens, query=name, start=at - 1, end=at + 1)) == 1
    assert (
        len(_exemplars(lens, query=name, start="2020-01-01T00:00:00Z", end="2099-01-01T00:00:00+01:00")) == 1
    )
    assert _exemplars(lens, query=name, start=at + 1, end=at + 2) == []
    assert _exemplars(lens, query=name, end=at - 1) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": ""},
        {"query": "rate(x[5m])"},
        {"query": "x{a=b}"},
        {"query": 'x{a="b"'},
        {"query": 'x{a=~"("}'},
        {"query": 'x{a=~"(a+)+"}'},
        {"query": "x", "start": "yesterday"},
        {"query": "x", "start": "nan"},
        {"query": "x", "start": "2020-01-01T00:00:00"},
        {"query": "x", "start": "2", "end": "1"},
    ],
)
def test_a_bad_question_is_bad_data(lens: LensProcess, parameters: dict[str, str]) -> None:
    answer = lens.page("/api/v1/query_exemplars", params=parameters)

    assert answer.status_code == 400
    assert (answer.json()["status"], answer.json()["errorType"]) == ("error", "bad_data")
    assert answer.json()["error"]


def test_counts_of_instances_stand_side_by_side(lens: LensProcess, at_ns: int) -> None:
    assert _values(lens, "shop_payment_duration_count") == {"worker/0": "4", "worker/1": "3"}
    assert _values(lens, 'shop_payment_duration_sum{instance="worker/0"}') == {"worker/0": "4"}
    assert _values(lens, "shop_orders") == {"worker/0": "7"}
    assert _values(lens, "shop_payment_duration") == {}


def test_buckets_are_cumulative(lens: LensProcess, at_ns: int) -> None:
    values = _values(lens, 'shop_payment_duration_bucket{instance="worker/0"}')

    assert values == {"worker/0 0.1": "1", "worker/0 1": "1", "worker/0 5": "3", "worker/0 +Inf": "4"}


def test_a_question_about_another_time_is_refused(lens: LensProcess) -> None:
    assert lens.page("/api/v1/query?query=x&time=1600000000").status_code == 400
