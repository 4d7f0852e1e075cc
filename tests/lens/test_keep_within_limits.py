"""The store never holds more than it may: the oldest whole traces go first, with their exemplars."""

import time
from pathlib import Path

import pytest

from tests.lens.building import exemplar, histogram, histogram_point, metrics, span, traces
from webstore.lens.metric_writer import record_metrics
from webstore.lens.pruning import Limits
from webstore.lens.span_writer import record_spans
from webstore.lens.store import Store

HOUR_NS = 3_600 * 10**9


def _trace(number: int) -> bytes:
    return number.to_bytes(16)


def _send(store: Store, *numbers: int, spans: int = 3, now_ns: int = 0, text: str = "") -> None:
    with store.writing() as db:
        for number in numbers:
            built = [span(n, trace=_trace(number), text=text) for n in range(1, spans + 1)]
            record_spans(db, traces(*built), now_ns=now_ns or time.time_ns() + number)


def _traces(store: Store) -> list[tuple[str, int]]:
    with store.reading() as db:
        rows = db.execute("SELECT trace_id, count(*) FROM spans GROUP BY trace_id").fetchall()
    return [(trace_id[-2:], count) for trace_id, count in rows]


def _count(store: Store, table: str) -> int:
    with store.reading() as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def test_the_oldest_whole_traces_go_first(tmp_path: Path) -> None:
    store = Store(tmp_path / "lens", Limits(spans=10, bytes=2**24, age_seconds=60))

    _send(store, 1, 2, 3)
    _send(store, 4)

    assert _traces(store) == [("02", 3), ("03", 3), ("04", 3)]


def test_a_full_store_stays_within_its_spans(tmp_path: Path) -> None:
    store = Store(tmp_path / "lens", Limits(spans=50, bytes=2**24, age_seconds=60))

    for number in range(1, 60):
        _send(store, number)

    assert 40 <= _count(store, "spans") <= 50
    assert _traces(store)[-1] == ("3b", 3)


def test_a_full_store_stays_within_its_bytes(tmp_path: Path) -> None:
    store = Store(tmp_path / "lens", Limits(spans=10**6, bytes=2**20, age_seconds=60))

    for number in range(1, 40):
        _send(store, number, spans=20, text="x" * 2_000)

    assert (tmp_path / "lens").stat().st_size < 2**20 * 1.5
    assert _traces(store)[-1] == ("27", 20)


def test_an_exemplar_goes_with_its_trace(store: Store) -> None:
    now_ns = time.time_ns()
    dots = [exemplar(2.0, trace=_trace(1)), exemplar(3.0, trace=_trace(2))]
    with store.writing() as db:
        request = metrics(histogram(histogram_point([0, 0, 2, 0], exemplars=dots)))
        record_metrics(db, request, now_ns=now_ns, limits=store.limits)
    _send(store, 1, now_ns=now_ns - 2 * HOUR_NS)
    _send(store, 2)

    store.forget_old()

    with store.reading() as db:
        assert [row[0] for row in db.execute("SELECT value FROM exemplars")] == [3.0]


def test_what_is_too_old_is_forgotten(store: Store) -> None:
    _send(store, 1, now_ns=time.time_ns() - 2 * HOUR_NS)
    _send(store, 2)

    store.forget_old()

    assert _traces(store) == [("02", 3)]
    assert _count(store, "departed") == 1


def test_a_series_too_many_is_refused_and_said_so(tmp_path: Path) -> None:
    limits = Limits(spans=10, bytes=2**24, age_seconds=60, series=1)
    store = Store(tmp_path / "lens", limits)
    requests = [metrics(histogram(histogram_point([1, 0, 0, 0])), instance=name) for name in ("a", "b")]

    with store.writing() as db:
        said = [record_metrics(db, r, now_ns=time.time_ns(), limits=limits).message for r in requests]

    assert said == ["", "too many series (1)"]


def test_a_span_sent_again_is_kept_once(store: Store) -> None:
    _send(store, 1)
    _send(store, 1)

    assert _traces(store) == [("01", 3)]
    with store.reading() as db:
        assert db.execute("SELECT spans FROM totals").fetchone()[0] == 3


def _write_and_fail(store: Store) -> None:
    with store.writing() as db:
        record_spans(db, traces(span(1)), now_ns=1)
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing_and_bars_nobody(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(store)

    _send(store, 2)

    assert _traces(store) == [("02", 3)]
