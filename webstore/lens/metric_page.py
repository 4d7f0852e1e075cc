"""What a histogram's page says, put together from the stored measurements."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict

from webstore.lens import chart, facets, metric_reader
from webstore.lens.chart import Chart, Measured
from webstore.lens.facets import Facet
from webstore.lens.measures import Measure, quantile_text
from webstore.lens.metric_reader import Dot
from webstore.lens.metric_writer import HISTOGRAM
from webstore.lens.quantiles import SHOWN, quantile
from webstore.lens.ranges import Range, Window
from webstore.lens.series import Series, all_series
from webstore.telemetry import contract

WORST_SHOWN = 10


@dataclass(frozen=True)
class DotRow:
    """A dot in words."""

    dot: Dot
    value: str
    when: datetime
    attributes: str
    is_bad: bool

    @property
    def href(self) -> str:
        return f"/traces/{self.dot.trace_id}?span={self.dot.span_id}"

    @property
    def label(self) -> str:
        return f"{self.value} at {self.when:%H:%M:%S}, {self.attributes}"


@dataclass(frozen=True)
class ChartDot:
    x: str
    y: str
    row: DotRow
    covered: int
    on_narrow: bool


@dataclass(frozen=True)
class MetricPage:
    name: str
    description: str
    measure: Measure
    count: int
    quantiles: list[tuple[str, str]]
    facets: list[Facet]
    narrowed: dict[str, str]
    chart: Chart | None
    dots: list[ChartDot]
    rows: list[DotRow]
    dot_count: int
    waiting_count: int
    can_be_log: bool
    window: Window
    last_measured: datetime | None

    @property
    def name_parts(self) -> list[str]:
        """The name, cut where a line may break."""
        return self.name.split(".")

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.window.start, UTC)

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp(self.window.end, UTC)


@dataclass(frozen=True)
class Wanted:
    """What a link asks for."""

    chosen: Range
    query: QueryDict
    now: float
    everything: bool
    """All dots as a table, not just the worst."""

    @property
    def narrowed(self) -> dict[str, str]:
        return facets.wanted(self.query)


def read(db: sqlite3.Connection, name: str, wanted: Wanted) -> MetricPage | None:
    """Return a histogram's page, None when no such histogram ever arrived."""
    known = _of_one_shape([one for one in all_series(db, name) if one.kind == HISTOGRAM])
    if not known:
        return None
    window = wanted.chosen.window(wanted.now)
    series = facets.matching(known, wanted.narrowed)
    ids = [one.id for one in series]
    dots = metric_reader.dots(db, ids, window)
    counts = metric_reader.counts(db, [one.id for one in known], window)
    measured = Measured(
        counts=metric_reader.heat(db, ids, window, column_seconds=wanted.chosen.column_seconds),
        dots=dots,
        bounds=known[0].bounds,
        measure=Measure(known[0].unit),
        window=window,
        chosen=wanted.chosen,
    )
    can_be_log = chart.can_be_log(measured.bounds)
    drawn = (
        chart.draw(measured, is_log=can_be_log and wanted.query.get("scale") != "linear")
        if measured.counts and measured.bounds
        else None
    )
    rows = _rows(dots, series, measured.measure)
    last_ns = metric_reader.last_measured_ns(db, ids)
    return MetricPage(
        name=name,
        description=known[0].description,
        measure=measured.measure,
        count=sum(counts[one.id] for one in series),
        quantiles=_quantiles(measured),
        facets=facets.facets(known, counts, wanted.narrowed, wanted.query),
        narrowed=wanted.narrowed,
        chart=drawn,
        dots=[ChartDot(p.x, p.y, rows[p.dot], p.covered, p.on_narrow) for p in drawn.dots] if drawn else [],
        rows=list(rows.values())[: metric_reader.MOST_DOTS if wanted.everything else WORST_SHOWN],
        dot_count=len(dots),
        waiting_count=metric_reader.exemplar_count(db, ids, window) - len(dots),
        can_be_log=can_be_log,
        window=window,
        last_measured=None if last_ns is None else datetime.fromtimestamp(last_ns / 1e9, UTC),
    )


def _of_one_shape(series: list[Series]) -> list[Series]:
    """Return the series that share the newest one's unit and bounds: others cannot be added to them."""
    if not series:
        return []
    newest = max(series, key=lambda one: one.id)
    return [one for one in series if (one.unit, one.bounds) == (newest.unit, newest.bounds)]


def _rows(dots: list[Dot], series: list[Series], measure: Measure) -> dict[Dot, DotRow]:
    by_id = {one.id: one for one in series}
    rows = {}
    for dot in dots:
        own = by_id[dot.series_id].attributes
        when = datetime.fromtimestamp(dot.time_ns / 1e9, UTC)
        rows[dot] = DotRow(dot, measure.text(dot.value), when, chart.attribute_text(own), is_bad(own))
    return rows


def is_bad(attributes: Mapping[str, object]) -> bool:
    return (
        attributes.get(contract.OUTCOME) in {contract.ERROR, contract.TIMEOUT} or "error.type" in attributes
    )


def _quantiles(measured: Measured) -> list[tuple[str, str]]:
    totals: dict[int, int] = {}
    for (_column, bucket), count in measured.counts.items():
        totals[bucket] = totals.get(bucket, 0) + count
    last = measured.bounds[-1] if measured.bounds else 0.0
    return [
        (
            f"P{share * 100:g}",
            quantile_text(measured.measure, quantile(share, measured.bounds, totals), largest_bound=last),
        )
        for share in SHOWN
    ]
