"""One client reads the lens, and tells a silent read side from one that talks nonsense."""

import time

import pytest

from tests.evidence.wrong import nobody, server, silent_server
from tests.lens import building
from tests.lens.process import LensProcess
from webstore.evidence.asking import Asker
from webstore.evidence.client import BadAnswer, Exemplar, ReadSide, ReadSideError, Unreachable

QUERY = "shop_payment_duration_bucket"
# The building blocks' span 1, as ids are written.
TRACE_ID, SPAN_ID = building.TRACE.hex(), "0000000000000001"
EMPTY = b'{"status":"success","data":[]}'


def _ask(url: str, *, timeout_seconds: float = 5.0) -> ReadSide:
    return ReadSide(metrics_url=url, traces_url=url, timeout_seconds=timeout_seconds)


def _send_dot(lens: LensProcess, value: float, *, at_ns: int) -> None:
    point = building.histogram_point((0, 1, 0, 0), exemplars=[building.exemplar(value, at_ns=at_ns)])
    assert lens.send("/v1/metrics", building.metrics(building.histogram(point))).ok


def test_exemplar_comes_with_its_series(lens: LensProcess, read_side: ReadSide) -> None:
    at_ns = building.now_ns() // 10**6 * 10**6 - 60 * building.SECOND
    _send_dot(lens, 0.5, at_ns=at_ns)

    [found] = read_side.exemplars(QUERY, start=at_ns / 1e9 - 1, end=at_ns / 1e9 + 1)

    # Whole milliseconds, but a float of seconds does not hold them exactly.
    assert round(found.at * 1_000) == at_ns // 10**6
    assert found == Exemplar(0.5, found.at, TRACE_ID, SPAN_ID, found.series)
    assert (found.metric, found.series["le"], found.series["country"]) == (QUERY, "1", "US")


def test_exemplars_outside_the_range_stay_away(lens: LensProcess, read_side: ReadSide) -> None:
    at_ns = building.now_ns()
    _send_dot(lens, 0.5, at_ns=at_ns)

    assert read_side.exemplars(QUERY, start=at_ns / 1e9 - 60, end=at_ns / 1e9 - 1) == []


def test_trace_comes_as_spans(lens: LensProcess, read_side: ReadSide) -> None:
    root = building.span(1, start_ns=10**18, name="POST /checkout", kind_of="big")
    child = building.span(2, parent=1, start_ns=10**18 + 5, failed=True)
    lens.send("/v1/traces", building.traces(child, root, service="web"))

    first, second = read_side.trace(TRACE_ID)

    assert (first.span_id, first.parent_id, first.service, first.name) == (
        SPAN_ID,
        "",
        "web",
        "POST /checkout",
    )
    assert (first.start_ns, first.duration_ns, first.kind, first.is_error) == (
        10**18,
        10**9,
        "internal",
        False,
    )
    assert first.attributes == {"kind_of": "big"}
    assert (second.parent_id, second.is_error) == (SPAN_ID, True)


def test_missing_trace_has_no_spans(read_side: ReadSide) -> None:
    assert read_side.trace(building.OTHER_TRACE.hex()) == ()


def test_instant_query_gives_labels_and_values(lens: LensProcess, read_side: ReadSide) -> None:
    lens.send("/v1/metrics", building.metrics(building.counter(7)))

    [sample] = read_side.query("shop_orders")

    assert (sample.value, sample.labels["__name__"]) == (7.0, "shop_orders")


def test_refused_query_says_why(read_side: ReadSide) -> None:
    with pytest.raises(BadAnswer, match=r"answered 400: .*only a selector is answered here"):
        read_side.query("sum(shop_orders)")


def test_nobody_listening_is_unreachable() -> None:
    with _ask(nobody()) as asked, pytest.raises(Unreachable, match="does not answer"):
        asked.trace(TRACE_ID)


def test_address_without_a_scheme_is_unreachable() -> None:
    with _ask("127.0.0.1:8001") as asked, pytest.raises(Unreachable, match="no address"):
        asked.trace(TRACE_ID)


def test_silence_is_unreachable_after_the_timeout() -> None:
    with (
        silent_server() as url,
        _ask(url, timeout_seconds=0.2) as asked,
        pytest.raises(Unreachable, match="in time"),
    ):
        asked.trace(TRACE_ID)


def test_dripping_answer_is_given_up_too() -> None:
    began = time.monotonic()
    with (
        server(b" " * 200, drip_seconds=0.05) as url,
        _ask(url, timeout_seconds=0.3) as asked,
        pytest.raises(Unreachable, match="in time"),
    ):
        asked.trace(TRACE_ID)
    # The drip alone would have taken 10 s.
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Hello</html>",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"trace":[]}',
        b'{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"00f067aa0ba902b7"}]}]}]}}',
        b'{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"no id"}]}]}]}}',
        b'{"trace":{},"status":"PARTIAL"}',
    ],
)
def test_other_shapes_are_no_traces(body: bytes) -> None:
    with server(body) as url, _ask(url) as asked, pytest.raises(BadAnswer, match="shape"):
        asked.trace(TRACE_ID)


@pytest.mark.parametrize("body", [b'{"data":{}}[', b'{"data":null}', b'{"data":[{"exemplars":[{}]}]}', b"7"])
def test_other_shapes_are_no_exemplars(body: bytes) -> None:
    with server(body) as url, _ask(url) as asked, pytest.raises(BadAnswer, match="shape"):
        asked.exemplars(QUERY, start=0, end=1)


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_other_statuses_are_no_answer(status: int) -> None:
    with server(EMPTY, status=status) as url, _ask(url) as asked, pytest.raises(BadAnswer, match=f"{status}"):
        asked.exemplars(QUERY, start=0, end=1)


def test_answer_without_end_is_cut_off() -> None:
    asker = Asker(timeout_seconds=5, most_bytes=2**20)
    with (
        server(b" " * (2**20 + 1)) as url,
        ReadSide(metrics_url=url, traces_url=url, asker=asker) as asked,
        pytest.raises(BadAnswer, match="more than 1 MiB"),
    ):
        asked.trace(TRACE_ID)


def test_both_failures_are_one_family() -> None:
    assert issubclass(Unreachable, ReadSideError)
    assert issubclass(BadAnswer, ReadSideError)
