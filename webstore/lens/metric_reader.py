"""Measurements out: counts per column and bucket, exemplars whose span is here."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from webstore.lens.ranges import Window

Heat = Counter[tuple[int, int]]
"""Counts by (column, bucket)."""

MOST_DOTS = 200


@dataclass(frozen=True)
class Dot:
    """An exemplar whose span is stored: it opens."""

    series_id: int
    time_ns: int
    value: float
    trace_id: str
    span_id: str


def heat(db: sqlite3.Connection, series_ids: Iterable[int], window: Window, *, column_seconds: int) -> Heat:
    """Return what was counted per column and bucket."""
    rows = db.execute(
        # total(), because sum() of integers fails when it overflows.
        "SELECT (time_ns - :start - 1) / :width, bucket, total(count) FROM cells"
        " WHERE series_id IN (SELECT value FROM json_each(:ids)) AND time_ns > :start AND time_ns <= :end"
        " GROUP BY 1, 2",
        _arguments(series_ids, window) | {"width": column_seconds * 10**9},
    )
    return Counter({(column, bucket): int(count) for column, bucket, count in rows})


def counts(db: sqlite3.Connection, series_ids: Iterable[int], window: Window) -> Counter[int]:
    """Return how many measurements each series has in the window."""
    rows = db.execute(
        "SELECT series_id, total(count) FROM points"
        " WHERE series_id IN (SELECT value FROM json_each(:ids)) AND time_ns > :start AND time_ns <= :end"
        " GROUP BY series_id",
        _arguments(series_ids, window),
    )
    return Counter({series_id: int(count) for series_id, count in rows})


def increases(db: sqlite3.Connection, window: Window) -> dict[int, float]:
    """Return by how much each series grew in the window."""
    rows = db.execute(
        "SELECT series_id, total(value) FROM points WHERE time_ns > ? AND time_ns <= ? GROUP BY series_id",
        (window.start_ns, window.end_ns),
    )
    return dict(rows.fetchall())


def dots(db: sqlite3.Connection, series_ids: Iterable[int], window: Window) -> list[Dot]:
    """Return the exemplars that open a trace, worst first."""
    rows = db.execute(
        "SELECT series_id, time_ns, value, trace_id, span_id FROM exemplars AS dot"
        " WHERE series_id IN (SELECT value FROM json_each(:ids)) AND time_ns > :start AND time_ns <= :end"
        " AND EXISTS (SELECT 1 FROM spans WHERE trace_id = dot.trace_id AND span_id = dot.span_id)"
        " ORDER BY value DESC, time_ns",
        _arguments(series_ids, window),
    )
    return [Dot(*row) for row in rows]


def dot_count(db: sqlite3.Connection, series_ids: Iterable[int], window: Window) -> int:
    """Return how many exemplars open a trace."""
    (count,) = db.execute(
        "SELECT count(*) FROM exemplars AS dot"
        " WHERE series_id IN (SELECT value FROM json_each(:ids)) AND time_ns > :start AND time_ns <= :end"
        " AND EXISTS (SELECT 1 FROM spans WHERE trace_id = dot.trace_id AND span_id = dot.span_id)",
        _arguments(series_ids, window),
    ).fetchone()
    return int(count)


def exemplar_count(db: sqlite3.Connection, series_ids: Iterable[int], window: Window) -> int:
    """Return how many exemplars there are, also those whose span has not arrived."""
    (count,) = db.execute(
        "SELECT count(*) FROM exemplars"
        " WHERE series_id IN (SELECT value FROM json_each(:ids)) AND time_ns > :start AND time_ns <= :end",
        _arguments(series_ids, window),
    ).fetchone()
    return int(count)


def last_measured_ns(db: sqlite3.Connection, series_ids: Iterable[int]) -> int | None:
    (newest,) = db.execute(
        "SELECT max(time_ns) FROM points WHERE series_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(series_ids)),),
    ).fetchone()
    return newest if newest is None else int(newest)


def merged(narrow: Heat, factor: int) -> Heat:
    """Return the counts of columns `factor` times as wide."""
    wide: Heat = Counter()
    for (column, bucket), count in narrow.items():
        wide[column // factor, bucket] += count
    return wide


def by_column(counts_: Heat) -> dict[int, Counter[int]]:
    columns: dict[int, Counter[int]] = {}
    for (column, bucket), count in sorted(counts_.items()):
        columns.setdefault(column, Counter())[bucket] += count
    return columns


def _arguments(series_ids: Iterable[int], window: Window) -> dict[str, int | str]:
    return {"ids": json.dumps(list(series_ids)), "start": window.start_ns, "end": window.end_ns}
