"""What goes when the store is full or old: whole traces, oldest first, each with its exemplars."""

import sqlite3
from dataclasses import dataclass

from webstore.lens.runs import fold_ended

# How many ids of removed traces are remembered, to tell "aged out" from "never arrived".
DEPARTED_KEPT = 20_000
# A share is removed at once, so that a full store does not prune on every write.
SHARE = 10
# A process that was replaced sends its last points within seconds; an hour is ample.
ENDED_AFTER_NS = 3_600 * 10**9


@dataclass(frozen=True)
class Limits:
    spans: int
    bytes: int
    age_seconds: float
    series: int = 10_000

    @property
    def age_ns(self) -> int:
        return int(self.age_seconds * 1e9)


def keep_within(db: sqlite3.Connection, limits: Limits) -> None:
    """Remove the oldest of everything until the store holds no more than it may."""
    while (excess := _span_count(db) - limits.spans) > 0:
        _remove_traces(db, _oldest_traces(db, spans=excess + limits.spans // SHARE))
    while _used_bytes(db) > limits.bytes:
        if not _remove_share(db):
            return


def forget_older(db: sqlite3.Connection, limits: Limits, *, now_ns: int) -> None:
    """Remove everything that is older than the store keeps it."""
    before = now_ns - limits.age_ns
    rows = db.execute("SELECT trace_id FROM traces WHERE arrived_ns < ?", (before,)).fetchall()
    _remove_traces(db, [trace_id for (trace_id,) in rows])
    _remove_measurements(db, before)
    db.execute("DELETE FROM series WHERE seen_ns < ?", (before,))
    db.execute("DELETE FROM runs WHERE series_id NOT IN (SELECT id FROM series)")
    fold_ended(db, before_ns=now_ns - ENDED_AFTER_NS)
    _remove_resources(db, before)


def _span_count(db: sqlite3.Connection) -> int:
    (count,) = db.execute("SELECT spans FROM totals").fetchone()
    return int(count)


def _used_bytes(db: sqlite3.Connection) -> int:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)


def _oldest_traces(db: sqlite3.Connection, *, spans: int) -> list[str]:
    """Return the oldest traces that hold at least `spans` spans together."""
    chosen = []
    for trace_id, count in db.execute(
        "SELECT trace_id, span_count FROM traces ORDER BY arrived_ns, trace_id"
    ):
        chosen.append(trace_id)
        spans -= count
        if spans <= 0:
            break
    return chosen


def _remove_traces(db: sqlite3.Connection, trace_ids: list[str]) -> None:
    keys = [(trace_id,) for trace_id in trace_ids]
    db.executemany(
        "UPDATE totals SET spans = spans - (SELECT span_count FROM traces WHERE trace_id = ?)", keys
    )
    for table in ("spans", "exemplars", "traces"):
        db.executemany(f"DELETE FROM {table} WHERE trace_id = ?", keys)  # noqa: S608
    db.executemany("INSERT OR REPLACE INTO departed VALUES (?, unixepoch() * 1000000000)", keys)
    db.execute(
        "DELETE FROM departed WHERE trace_id IN"
        " (SELECT trace_id FROM departed ORDER BY left_ns DESC LIMIT -1 OFFSET ?)",
        (DEPARTED_KEPT,),
    )


def _remove_measurements(db: sqlite3.Connection, before: int) -> int:
    tables = ("points", "cells", "exemplars")
    return sum(db.execute(f"DELETE FROM {table} WHERE time_ns < ?", (before,)).rowcount for table in tables)  # noqa: S608


def _remove_resources(db: sqlite3.Connection, before: int) -> int:
    return db.execute(
        "DELETE FROM resources WHERE seen_ns < ?"
        " AND NOT EXISTS (SELECT 1 FROM spans WHERE spans.resource_id = resources.id)",
        (before,),
    ).rowcount


def _remove_share(db: sqlite3.Connection) -> bool:
    """Remove the oldest tenth of traces and measurements; False when nothing was left to remove."""
    traces = _oldest_traces(db, spans=max(1, _span_count(db) // SHARE))
    _remove_traces(db, traces)
    removed = len(traces)
    for table in ("points", "cells", "exemplars"):
        removed += _remove_oldest_share(db, table)
    newest = db.execute("SELECT max(seen_ns) FROM resources").fetchone()[0]
    return removed + _remove_resources(db, newest or 0) > 0


def _remove_oldest_share(db: sqlite3.Connection, table: str) -> int:
    (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    by_age = f"SELECT time_ns FROM {table} ORDER BY time_ns LIMIT 1 OFFSET ?"  # noqa: S608
    row = db.execute(by_age, (count // SHARE,)).fetchone()
    return db.execute(f"DELETE FROM {table} WHERE time_ns <= ?", row).rowcount if row else 0  # noqa: S608
