"""Measurements in: what each series grew by, whoever restarted meanwhile."""

import json
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    DataPointFlags,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
)

from webstore.lens.attributes import canonical
from webstore.lens.exemplar_writer import record_exemplars
from webstore.lens.pruning import Limits
from webstore.lens.refusals import Refusals
from webstore.lens.resources import Sender, note_sender
from webstore.lens.runs import Reading, accumulate
from webstore.lens.span_writer import MAX_INTEGER
from webstore.lens.tallies import Tally

Point = HistogramDataPoint | NumberDataPoint

HISTOGRAM, COUNTER, GAUGE = "histogram", "counter", "gauge"
AHEAD_NS = 3_600 * 10**9


@dataclass(frozen=True)
class Visit:
    """One request: where it is written, when it came, what it may not exceed."""

    db: sqlite3.Connection
    now_ns: int
    limits: Limits
    refusals: Refusals

    def holds(self, time_ns: int) -> bool:
        return self.now_ns - self.limits.age_ns <= time_ns <= self.now_ns + AHEAD_NS


def record_metrics(
    db: sqlite3.Connection, request: ExportMetricsServiceRequest, *, now_ns: int, limits: Limits
) -> Refusals:
    visit = Visit(db, now_ns, limits, Refusals())
    for group in request.resource_metrics:
        sender = note_sender(db, group.resource, now_ns=now_ns)
        for scope_metrics in group.scope_metrics:
            for metric in scope_metrics.metrics:
                _record(visit, sender, metric)
    return visit.refusals


def _record(visit: Visit, sender: Sender, metric: Metric) -> None:
    kind, points = _kind_and_points(metric)
    if kind is None:
        visit.refusals.add("only gauges, sums and explicit-bucket histograms are kept", _point_count(metric))
        return
    for point in points:
        if point.flags & DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK:
            continue
        if reason := _fault(visit, point):
            visit.refusals.add(reason)
            continue
        series_id = _series_id(visit, sender, metric=metric, kind=kind, point=point)
        if series_id is None:
            visit.refusals.add("too many series")
            continue
        _record_point(visit, series_id, reading=_reading(metric, kind, point))
        record_exemplars(visit.db, series_id, [e for e in point.exemplars if visit.holds(e.time_unix_nano)])


def _kind_and_points(metric: Metric) -> tuple[str | None, list[Point]]:
    match metric.WhichOneof("data"):
        case "histogram":
            return HISTOGRAM, list(metric.histogram.data_points)
        case "sum" if metric.sum.is_monotonic:
            return COUNTER, list(metric.sum.data_points)
        case "sum" if not _is_delta(metric):
            return GAUGE, list(metric.sum.data_points)
        case "gauge":
            return GAUGE, list(metric.gauge.data_points)
    return None, []


def _point_count(metric: Metric) -> int:
    data = metric.WhichOneof("data")
    return len(getattr(metric, data).data_points) if data else 0


def _is_delta(metric: Metric) -> bool:
    delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    return delta in {metric.sum.aggregation_temporality, metric.histogram.aggregation_temporality}


def _fault(visit: Visit, point: Point) -> str:
    if not visit.holds(point.time_unix_nano):
        return "its time is older than what is kept, or ahead of ours"
    if point.start_time_unix_nano > MAX_INTEGER:
        return "a time is beyond the year 2262"
    if isinstance(point, NumberDataPoint):
        return "" if math.isfinite(_number(point)) else "a value is not finite"
    bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    if counts and len(counts) != len(bounds) + 1:
        return "a histogram has one bucket more than bounds"
    if not math.isfinite(point.sum) or not all(map(math.isfinite, bounds)) or bounds != sorted(set(bounds)):
        return "bounds and sum of a histogram are finite, bounds ascend"
    return "a count is beyond 2^63" if max([point.count, *counts]) > MAX_INTEGER else ""


def _series_id(visit: Visit, sender: Sender, *, metric: Metric, kind: str, point: Point) -> int | None:
    """Return the row of the point's series, a new one if there is room, else None."""
    bounds = json.dumps(list(point.explicit_bounds)) if isinstance(point, HistogramDataPoint) else "[]"
    key = (
        metric.name,
        kind,
        metric.unit,
        sender.namespace,
        sender.service,
        sender.instance,
        canonical(point.attributes),
        bounds,
    )
    found = visit.db.execute(
        "UPDATE series SET seen_ns = ? WHERE metric = ? AND kind = ? AND unit = ? AND namespace = ?"
        " AND service = ? AND instance = ? AND attributes = ? AND bounds = ? RETURNING id",
        (visit.now_ns, *key),
    ).fetchall()
    if found:
        return int(found[0][0])
    (known,) = visit.db.execute("SELECT count(*) FROM series").fetchone()
    if known >= visit.limits.series:
        return None
    return visit.db.execute(
        "INSERT INTO series (metric, kind, unit, namespace, service, instance, attributes, bounds,"
        " description, seen_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, metric.description, visit.now_ns),
    ).lastrowid


def _number(point: NumberDataPoint) -> float:
    return float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double


def _reading(metric: Metric, kind: str, point: Point) -> Reading:
    if isinstance(point, HistogramDataPoint):
        tally = Tally(point.count, point.sum, tuple(point.bucket_counts))
    else:
        tally = Tally(sum=_number(point))
    return Reading(
        start_ns=point.start_time_unix_nano,
        time_ns=point.time_unix_nano,
        tally=tally,
        is_delta=_is_delta(metric),
        is_gauge=kind == GAUGE,
    )


def _record_point(visit: Visit, series_id: int, *, reading: Reading) -> None:
    increase = accumulate(visit.db, series_id, reading)
    if increase is None or (increase.is_empty and not reading.is_gauge):
        return
    visit.db.execute(
        "INSERT INTO points VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " count = count + excluded.count, value = value + excluded.value",
        (series_id, reading.time_ns, increase.count, increase.sum),
    )
    visit.db.executemany(
        "INSERT INTO cells VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        list(_cells(series_id, reading.time_ns, increase)),
    )


def _cells(series_id: int, time_ns: int, increase: Tally) -> Iterator[tuple[int, int, int, int]]:
    for bucket, count in enumerate(increase.buckets):
        if count:
            yield series_id, time_ns, bucket, count
