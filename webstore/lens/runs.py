"""The lives of a series: one run for each process that filled it.

A reused slot keeps its name while processes come and go, and each begins at zero. Each start
time is a run of its own, so a new process' first point counts in full and a dying one's last
point, which may arrive later, is not lost.
"""

import sqlite3
from dataclasses import dataclass

from webstore.lens.tallies import Tally

# Runs that are over are added up here.
FOLDED = -1
# Delta points and gauges have no life to tell apart.
TIMELESS = 0


@dataclass(frozen=True)
class Reading:
    start_ns: int
    time_ns: int
    tally: Tally
    is_delta: bool
    is_gauge: bool


def accumulate(db: sqlite3.Connection, series_id: int, reading: Reading) -> Tally | None:
    """Add a reading to its run; return what it adds (a gauge: its value), None for one that is not new."""
    start_ns = TIMELESS if reading.is_delta or reading.is_gauge else reading.start_ns
    row = db.execute(
        "SELECT last_ns, last, total FROM runs WHERE series_id = ? AND start_ns = ?", (series_id, start_ns)
    ).fetchone()
    if row and reading.time_ns <= row[0]:
        return None
    last, total = (Tally.from_json(row[1]), Tally.from_json(row[2])) if row else (Tally(), Tally())
    increase = reading.tally if reading.is_delta or reading.is_gauge else reading.tally.increase_since(last)
    total = reading.tally if reading.is_gauge else total + increase
    db.execute(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)",
        (series_id, start_ns, reading.time_ns, reading.tally.to_json(), total.to_json()),
    )
    return increase


def total_of(db: sqlite3.Connection, series_id: int) -> Tally:
    """Return everything a series ever counted, over all its runs; for a gauge its newest value."""
    rows = db.execute("SELECT total FROM runs WHERE series_id = ?", (series_id,))
    return sum((Tally.from_json(total) for (total,) in rows), Tally())


def fold_ended(db: sqlite3.Connection, *, before_ns: int) -> None:
    """Add up runs that were replaced and have been silent since `before_ns`, to bound their number."""
    ended = db.execute(
        "SELECT series_id, start_ns, last_ns, total FROM runs AS run WHERE last_ns < ? AND start_ns > ?"
        " AND start_ns < (SELECT max(start_ns) FROM runs WHERE series_id = run.series_id)",
        (before_ns, TIMELESS),
    ).fetchall()
    for series_id, start_ns, last_ns, total in ended:
        row = db.execute(
            "SELECT total FROM runs WHERE series_id = ? AND start_ns = ?", (series_id, FOLDED)
        ).fetchone()
        folded = Tally.from_json(total) + (Tally.from_json(row[0]) if row else Tally())
        db.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)",
            (series_id, FOLDED, last_ns, "[0,0,[]]", folded.to_json()),
        )
        db.execute("DELETE FROM runs WHERE series_id = ? AND start_ns = ?", (series_id, start_ns))
