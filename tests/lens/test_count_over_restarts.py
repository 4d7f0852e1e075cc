"""Processes come and go in one slot; what they counted adds up."""

import time
from collections.abc import Sequence

import pytest

from tests.lens.building import SECOND, counter, exemplar, histogram, histogram_point, metrics
from webstore.lens.metric_writer import record_metrics
from webstore.lens.runs import FOLDED, fold_ended, total_of
from webstore.lens.store import Store
from webstore.lens.tallies import Tally

NOW = time.time_ns()


def _report(
    store: Store,
    buckets: Sequence[int],
    *,
    start: int | None,
    at: int,
    instance: str = "worker/0",
    delta: bool = False,
) -> None:
    point = histogram_point(
        buckets,
        start_ns=0 if start is None else NOW + start * SECOND,
        time_ns=NOW + at * SECOND,
        exemplars=[exemplar(2.0, at_ns=NOW)],
    )
    with store.writing() as db:
        request = metrics(histogram(point, delta=delta), instance=instance)
        record_metrics(db, request, now_ns=NOW, limits=store.limits)


def _total(store: Store) -> Tally:
    with store.reading() as db:
        return total_of(db, 1)


def _cells(store: Store) -> list[tuple[int, int, int]]:
    with store.reading() as db:
        rows = db.execute("SELECT (time_ns - ?) / ?, bucket, count FROM cells", (NOW, SECOND)).fetchall()
    return [tuple(row) for row in rows]


def test_a_new_process_first_point_counts_in_full(store: Store) -> None:
    _report(store, [3, 0, 0, 0], start=-20, at=-15)
    _report(store, [1, 0, 0, 0], start=-10, at=-5)

    assert _total(store) == Tally(4, 4.0, (4, 0, 0, 0))
    assert _cells(store) == [(-15, 0, 3), (-5, 0, 1)]


def test_twenty_processes_of_one_slot_lose_no_count(store: Store) -> None:
    for process in range(20):
        _report(store, [0, 1, 0, 0], start=-100 + process, at=-99 + process)

    assert _total(store).count == 20


def test_a_point_of_the_old_process_that_comes_late_counts(store: Store) -> None:
    _report(store, [3, 0, 0, 0], start=-20, at=-15)
    _report(store, [1, 0, 0, 0], start=-10, at=-5)
    _report(store, [5, 0, 0, 0], start=-20, at=-9)

    assert _total(store).count == 6


def test_a_point_sent_again_counts_once(store: Store) -> None:
    for _ in range(3):
        _report(store, [3, 0, 0, 0], start=-20, at=-15)

    assert _total(store).count == 3
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM exemplars").fetchone()[0] == 1


def test_a_sender_without_start_times_may_begin_anew(store: Store) -> None:
    _report(store, [3, 4, 0, 0], start=None, at=-15)
    _report(store, [4, 4, 0, 0], start=None, at=-10)
    _report(store, [1, 0, 0, 0], start=None, at=-5)

    assert _total(store).buckets == (5, 4, 0, 0)


def test_deltas_are_added_up(store: Store) -> None:
    _report(store, [3, 0, 0, 0], start=-20, at=-15, delta=True)
    _report(store, [2, 0, 0, 0], start=-15, at=-10, delta=True)

    assert _total(store).count == 5


def test_a_delta_sent_again_counts_once(store: Store) -> None:
    for _ in range(2):
        _report(store, [3, 0, 0, 0], start=-20, at=-15, delta=True)

    assert _total(store).count == 3


def test_two_replicas_are_two_series(store: Store) -> None:
    _report(store, [3, 0, 0, 0], start=-20, at=-15, instance="worker-a/0")
    _report(store, [2, 0, 0, 0], start=-20, at=-15, instance="worker-b/0")

    with store.reading() as db:
        assert [total_of(db, series).count for series in (1, 2)] == [3, 2]


def test_runs_that_ended_are_folded_and_keep_their_count(store: Store) -> None:
    for process in range(5):
        _report(store, [0, 1, 0, 0], start=-100 + process, at=-99 + process)

    with store.writing() as db:
        fold_ended(db, before_ns=NOW)

    assert _total(store).count == 5
    with store.reading() as db:
        starts = [row[0] for row in db.execute("SELECT start_ns FROM runs ORDER BY start_ns")]
    assert starts == [FOLDED, NOW - 96 * SECOND]


@pytest.mark.parametrize(("values", "total"), [((5, 8), 8), ((5, 2), 7)])
def test_a_counter_that_falls_began_anew(store: Store, values: tuple[int, int], total: float) -> None:
    for index, value in enumerate(values):
        with store.writing() as db:
            built = counter(value, start_ns=0, time_ns=NOW + index)
            record_metrics(db, metrics(built), now_ns=NOW, limits=store.limits)

    assert _total(store).sum == total
