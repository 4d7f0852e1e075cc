"""Answers in Prometheus' shapes."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from webstore.lens.metric_writer import HISTOGRAM
from webstore.lens.runs import total_of
from webstore.lens.selector import Selector
from webstore.lens.series import Series, all_series, number
from webstore.lens.tallies import Tally

SUFFIXES = ("_bucket", "_count", "_sum")


def exemplars(
    db: sqlite3.Connection, selector: Selector, *, start: float, end: float
) -> list[dict[str, Any]]:
    """Return `data` of /api/v1/query_exemplars; start and end in Unix seconds, both included."""
    found: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = {}
    for series in all_series(db):
        if selector.name not in {series.family, _exemplar_name(series)}:
            continue
        rows = db.execute(
            "SELECT * FROM exemplars WHERE series_id = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns",
            (series.id, int(start * 1e9), int(end * 1e9)),
        )
        for row in rows:
            labels = _exemplar_labels(series, row["value"])
            if selector.accepts(labels):
                found.setdefault(tuple(sorted(labels.items())), []).append(_exemplar(row))
    return [{"seriesLabels": dict(labels), "exemplars": rows} for labels, rows in sorted(found.items())]


def _exemplar_name(series: Series) -> str:
    return f"{series.family}_bucket" if series.kind == HISTOGRAM else series.family


def _exemplar_labels(series: Series, value: float) -> dict[str, str]:
    bucket = {"le": series.upper_bound_of(value)} if series.kind == HISTOGRAM else {}
    return {"__name__": _exemplar_name(series)} | series.labels | bucket


def _exemplar(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "labels": {"span_id": row["span_id"], "trace_id": row["trace_id"]},
        "value": number(row["value"]),
        # Prometheus keeps milliseconds.
        "timestamp": row["time_ns"] // 10**6 / 1000,
    }


def instant(db: sqlite3.Connection, selector: Selector, *, now: float) -> list[dict[str, Any]]:
    """Return the vector of /api/v1/query for one selector.

    A value is what its series counted over all the processes that filled it: it never
    falls when a process is replaced, where Prometheus would show the newest one's own.
    """
    samples = []
    for series in all_series(db):
        if (
            selector.name == series.family
            or selector.name.removesuffix(_suffix(selector.name)) == series.family
        ):
            samples += list(_samples(series, selector, total_of(db, series.id)))
    return [{"metric": labels, "value": [now, number(value)]} for labels, value in samples]


def _suffix(name: str) -> str:
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def _samples(series: Series, selector: Selector, total: Tally) -> Iterator[tuple[dict[str, str], float]]:
    name = {"__name__": selector.name}
    for own_name, extra, value in _named_values(series, total):
        labels = name | series.labels | extra
        if own_name == selector.name and selector.accepts(labels):
            yield labels, value


def _named_values(series: Series, total: Tally) -> Iterator[tuple[str, dict[str, str], float]]:
    if series.kind != HISTOGRAM:
        yield series.family, {}, total.sum
        return
    yield f"{series.family}_count", {}, total.count
    yield f"{series.family}_sum", {}, total.sum
    below = 0
    for bound, count in zip((*series.bounds, float("inf")), total.buckets, strict=False):
        below += count
        yield f"{series.family}_bucket", {"le": number(bound)}, below
