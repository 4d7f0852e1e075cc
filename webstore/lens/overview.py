"""What the first page says: every metric in a line, and who sends."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from webstore.lens import metric_reader
from webstore.lens.attributes import in_words
from webstore.lens.colours import colour_numbers
from webstore.lens.measures import Measure, ago, figures, quantile_text
from webstore.lens.metric_writer import COUNTER, HISTOGRAM
from webstore.lens.quantiles import SHOWN, quantile
from webstore.lens.ranges import Window
from webstore.lens.runs import total_of
from webstore.lens.series import Series, all_series

# A metric may have thousands of series; a line shows the busiest of them.
SERIES_SHOWN = 8


@dataclass(frozen=True)
class HistogramLine:
    name: str
    description: str
    unit: str
    count: int
    quantiles: list[tuple[str, str]]
    dot_count: int


@dataclass(frozen=True)
class NumberLine:
    """A counter with what it grew by, or a gauge with its newest value."""

    name: str
    description: str
    unit: str
    is_counter: bool
    total: str
    parts: list[tuple[str, str]]
    hidden_count: int


@dataclass(frozen=True)
class Sender:
    service: str
    instance: str
    colour: int
    seen: datetime
    ago: str


@dataclass(frozen=True)
class Overview:
    histograms: list[HistogramLine]
    numbers: list[NumberLine]
    senders: list[Sender]


def read(db: sqlite3.Connection, window: Window, *, now: float) -> Overview:
    series = all_series(db)
    histograms = [one for one in series if one.kind == HISTOGRAM]
    numbers = [one for one in series if one.kind != HISTOGRAM]
    grown = metric_reader.increases(db, window)
    return Overview(
        histograms=[
            _histogram(db, list(group), window)
            for _name, group in groupby(histograms, key=lambda one: one.metric)
        ],
        numbers=[
            _number(db, list(group), grown) for _name, group in groupby(numbers, key=lambda one: one.metric)
        ],
        senders=_senders(db, now),
    )


def _histogram(db: sqlite3.Connection, series: Sequence[Series], window: Window) -> HistogramLine:
    newest = max(series, key=lambda one: one.id)
    alike = [one.id for one in series if (one.unit, one.bounds) == (newest.unit, newest.bounds)]
    buckets = {
        bucket: count
        for (_column, bucket), count in metric_reader.heat(
            db, alike, window, column_seconds=int(window.seconds)
        ).items()
    }
    measure = Measure(newest.unit)
    last = newest.bounds[-1] if newest.bounds else 0.0
    texts = [quantile_text(measure, quantile(s, newest.bounds, buckets), largest_bound=last) for s in SHOWN]
    return HistogramLine(
        name=newest.metric,
        description=newest.description,
        unit=measure.name,
        count=metric_reader.counts(db, alike, window).total(),
        quantiles=[(f"P{share * 100:g}", text) for share, text in zip(SHOWN, texts, strict=True)],
        dot_count=metric_reader.dot_count(db, alike, window),
    )


def _number(db: sqlite3.Connection, series: Sequence[Series], grown: dict[int, float]) -> NumberLine:
    is_counter = series[0].kind == COUNTER
    measure = Measure(series[0].unit)
    values = [(one, grown.get(one.id, 0.0) if is_counter else total_of(db, one.id).sum) for one in series]
    values.sort(key=lambda pair: -pair[1])
    sign = "+" if is_counter else ""
    return NumberLine(
        name=series[0].metric,
        description=series[0].description,
        unit=measure.name,
        is_counter=is_counter,
        total=f"+{figures(sum(value for _one, value in values), 6)}" if is_counter else "",
        parts=[(_words(one), f"{sign}{measure.text(value)}") for one, value in values[:SERIES_SHOWN]],
        hidden_count=max(0, len(values) - SERIES_SHOWN),
    )


def _words(series: Series) -> str:
    place = series.instance or series.service
    return f"{in_words(series.attributes)} · {place}" if series.attributes else place


def _senders(db: sqlite3.Connection, now: float) -> list[Sender]:
    colours = colour_numbers(db)
    rows = db.execute(
        "SELECT service, instance, max(seen_ns) FROM resources GROUP BY service, instance"
        " ORDER BY service, instance LIMIT 100"
    )
    return [
        Sender(
            service=service,
            instance=instance,
            colour=colours[service],
            seen=datetime.fromtimestamp(seen_ns / 1e9, UTC),
            ago=ago(now - seen_ns / 1e9),
        )
        for service, instance, seen_ns in rows
    ]
