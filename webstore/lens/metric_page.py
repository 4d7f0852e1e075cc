"""What a histogram's page says, put together from the stored measurements."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.http import QueryDict

from webstore.lens import chart, facets, metric_reader
from webstore.lens.attributes import Plain, in_words
from webstore.lens.chart import Chart, Measured
from webstore.lens.facets import Facet
from webstore.lens.measures import Measure, quantile_text
from webstore.lens.metric_reader import Dot
from webstore.lens.metric_writer import HISTOGRAM
from webstore.lens.quantiles import SHOWN, quantile
from webstore.lens.ranges import Range
from webstore.lens.series import Series, all_series
from webstore.telemetry import contract

WORST_SHOWN = 10


@dataclass(frozen=True)
class Wanted:
    """What a link asks for."""

    chosen: Range
    query: QueryDict
    now: float

    @property
    def narrowed(self) -> dict[str, str]:
        return facets.wanted(self.query)

    @property
    def as_table(self) -> bool:
        """Whether every dot is wanted in words, instead of the chart."""
        return self.query.get("as") == "table"

    @property
    def linear(self) -> bool:
        return self.query.get("scale") == "linear"


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

    @property
    def label(self) -> str:
        return f"{self.row.label}, {self.covered} more beneath" if self.covered else self.row.label


@dataclass(frozen=True)
class MetricPage:
    wanted: Wanted
    known: list[Series]
    """The metric's series, whatever the page is narrowed to."""
    series: list[Series]
    counts: Counter[int]
    """How much each of the known was measured."""
    measured: Measured
    exemplar_count: int
    last_ns: int | None

    @property
    def name_parts(self) -> list[str]:
        """The name, cut where a line may break."""
        return self.name.split(".")

    @property
    def name(self) -> str:
        return self.known[0].metric

    @property
    def description(self) -> str:
        return self.known[0].description

    @property
    def count(self) -> int:
        return sum(self.counts[one.id] for one in self.series)

    @property
    def facets(self) -> list[Facet]:
        return facets.facets(self.known, self.counts, query=self.wanted.query)

    @property
    def quantiles(self) -> list[tuple[str, str]]:
        totals: Counter[int] = Counter()
        for (_column, bucket), count in self.measured.counts.items():
            totals[bucket] += count
        bounds, measure = self.measured.bounds, self.measured.measure
        last = bounds[-1] if bounds else 0.0
        values = [(share, quantile(share, bounds, totals)) for share in SHOWN]
        return [(f"P{100 * s:g}", quantile_text(measure, v, largest_bound=last)) for s, v in values]

    @property
    def can_be_log(self) -> bool:
        return chart.can_be_log(self.measured.bounds)

    @cached_property
    def chart(self) -> Chart | None:
        """None when there is nothing to draw."""
        if not self.measured.counts or not self.measured.bounds:
            return None
        return chart.draw(self.measured, is_log=self.can_be_log and not self.wanted.linear)

    @cached_property
    def dots(self) -> list[ChartDot]:
        placed = self.chart.dots if self.chart else []
        return [ChartDot(p.x, p.y, self._rows[p.dot], p.covered, p.on_narrow) for p in placed]

    @property
    def rows(self) -> list[DotRow]:
        most = metric_reader.MOST_DOTS if self.wanted.as_table else WORST_SHOWN
        return list(self._rows.values())[:most]

    @property
    def dot_count(self) -> int:
        return len(self.measured.dots)

    @property
    def waiting_count(self) -> int:
        """How many exemplars came before their spans."""
        return self.exemplar_count - self.dot_count

    @property
    def start(self) -> datetime:
        return datetime.fromtimestamp(self.measured.window.start, UTC)

    @property
    def end(self) -> datetime:
        return datetime.fromtimestamp(self.measured.window.end, UTC)

    @property
    def last_measured(self) -> datetime | None:
        return None if self.last_ns is None else datetime.fromtimestamp(self.last_ns / 1e9, UTC)

    @cached_property
    def _rows(self) -> dict[Dot, DotRow]:
        attributes = {one.id: one.attributes for one in self.series}
        return {
            dot: _row(dot, attributes[dot.series_id], self.measured.measure) for dot in self.measured.dots
        }


def read(db: sqlite3.Connection, name: str, wanted: Wanted) -> MetricPage | None:
    """Return a histogram's page, None when no such histogram ever arrived; six queries."""
    known = _of_one_shape([one for one in all_series(db, name) if one.kind == HISTOGRAM])
    if not known:
        return None
    series = facets.matching(known, wanted.narrowed)
    ids = [one.id for one in series]
    window = wanted.chosen.window(wanted.now)
    measured = Measured(
        counts=metric_reader.heat(db, ids, window, column_seconds=wanted.chosen.column_seconds),
        dots=metric_reader.dots(db, ids, window),
        bounds=known[0].bounds,
        measure=Measure(known[0].unit),
        window=window,
        chosen=wanted.chosen,
    )
    return MetricPage(
        wanted=wanted,
        known=known,
        series=series,
        counts=metric_reader.counts(db, [one.id for one in known], window),
        measured=measured,
        exemplar_count=metric_reader.exemplar_count(db, ids, window),
        last_ns=metric_reader.last_measured_ns(db, ids),
    )


def _of_one_shape(series: list[Series]) -> list[Series]:
    """Return the series that share the newest one's unit and bounds: others cannot be added to them."""
    if not series:
        return []
    newest = max(series, key=lambda one: one.id)
    return [one for one in series if (one.unit, one.bounds) == (newest.unit, newest.bounds)]


def _row(dot: Dot, attributes: Mapping[str, Plain], measure: Measure) -> DotRow:
    return DotRow(
        dot=dot,
        value=measure.text(dot.value),
        when=datetime.fromtimestamp(dot.time_ns / 1e9, UTC),
        attributes=in_words(attributes),
        is_bad=_is_bad(attributes),
    )


def _is_bad(attributes: Mapping[str, Plain]) -> bool:
    return (
        attributes.get(contract.OUTCOME) in {contract.ERROR, contract.TIMEOUT} or "error.type" in attributes
    )
