"""Everything a histogram's chart shows, placed; the template only writes it down."""

from collections.abc import Sequence
from dataclasses import dataclass

from webstore.lens import heat
from webstore.lens.axes import LOG_FROM_RATIO, Axis, time_ticks
from webstore.lens.measures import Measure
from webstore.lens.metric_reader import MOST_DOTS, Dot, Heat, merged
from webstore.lens.ranges import Range, Window

# Dots nearer than this share of the height, in one column, would cover one another.
WIDE_GAP, NARROW_GAP = 0.06, 0.12
NAME_GAP = 0.05


@dataclass(frozen=True)
class Tick:
    at: str
    text: str


@dataclass(frozen=True)
class PlacedDot:
    x: str
    y: str
    dot: Dot
    covered: int
    """How many better ones lie under it."""
    on_narrow: bool
    """Whether a narrow picture has room for it, too."""


@dataclass(frozen=True)
class Chart:
    wide: heat.Picture
    narrow: heat.Picture
    dots: list[PlacedDot]
    value_ticks: list[Tick]
    wide_time_ticks: list[Tick]
    narrow_time_ticks: list[Tick]
    names: list[Tick]
    legend: list[str]
    is_log: bool
    open_bound: str
    """The last bucket's only bound, as text, when it holds something."""


@dataclass(frozen=True)
class Measured:
    """What a chart is drawn from."""

    counts: Heat
    dots: Sequence[Dot]
    bounds: tuple[float, ...]
    measure: Measure
    window: Window
    chosen: Range


def can_be_log(bounds: Sequence[float]) -> bool:
    return bool(bounds) and bounds[0] > 0 and bounds[-1] / bounds[0] > LOG_FROM_RATIO


def draw(measured: Measured, *, is_log: bool) -> Chart:
    axis = _axis(measured, is_log=is_log)
    chosen, bounds = measured.chosen, measured.bounds
    columns = chosen.seconds // chosen.column_seconds
    fewer = merged(measured.counts, chosen.narrow_factor)
    steps = heat.thresholds(max([*measured.counts.values(), *fewer.values()], default=1))
    wide = heat.draw(measured.counts, axis, bounds, columns=columns, steps=steps)
    ticks = axis.ticks()
    return Chart(
        wide=wide,
        narrow=heat.draw(fewer, axis, bounds, columns=columns // chosen.narrow_factor, steps=steps),
        dots=_placed(measured, axis),
        value_ticks=[
            Tick(percent(1 - axis.share(value)), text)
            for value, text in zip(ticks, measured.measure.ticks(ticks), strict=True)
        ],
        wide_time_ticks=_time_ticks(measured.window, 8),
        narrow_time_ticks=_time_ticks(measured.window, 4),
        names=_names(wide.lines),
        legend=heat.legend(steps),
        is_log=is_log,
        open_bound=_open_bound(measured),
    )


def percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _axis(measured: Measured, *, is_log: bool) -> Axis:
    bounds, values = measured.bounds, [dot.value for dot in measured.dots]
    used = [bucket for _column, bucket in measured.counts]
    lowest, highest = min(used, default=0), max(used, default=0)
    floor = bounds[0] / 2 if is_log else min(0.0, bounds[0])
    low = bounds[lowest - 1] if lowest else floor
    high = bounds[highest] if highest < len(bounds) else bounds[-1] * 1.5
    if is_log:
        # Nothing at or below zero has a place on it.
        low = min([low, *(value for value in values if value > bounds[0] / 100)])
    else:
        low = min([low, *values])
    high = max([high, *values])
    return Axis(low, high if high > low else low + 1, is_log)


def _placed(measured: Measured, axis: Axis) -> list[PlacedDot]:
    chosen = measured.chosen
    columns = chosen.seconds // chosen.column_seconds
    shown = _thinned(measured, axis, columns=columns, gap=WIDE_GAP)
    narrow = _thinned(measured, axis, columns=columns // chosen.narrow_factor, gap=NARROW_GAP)
    return [
        PlacedDot(
            x=percent(measured.window.share(dot.time_ns / 1e9)),
            y=percent(1 - axis.share(dot.value)),
            dot=dot,
            covered=covered,
            on_narrow=dot in narrow,
        )
        for dot, covered in shown.items()
    ]


def _thinned(measured: Measured, axis: Axis, *, columns: int, gap: float) -> dict[Dot, int]:
    """Return the dots to draw, worst first, with how many each of them covers in its column."""
    drawn: dict[int, list[tuple[float, Dot]]] = {}
    shown: dict[Dot, int] = {}
    for dot in measured.dots:
        y = axis.share(dot.value)
        column = drawn.setdefault(int(measured.window.share(dot.time_ns / 1e9) * columns), [])
        near = next((other for other_y, other in column if other_y - y < gap), None)
        if near is not None:
            shown[near] += 1
        elif len(shown) < MOST_DOTS:
            column.append((y, dot))
            shown[dot] = 0
    return shown


def _time_ticks(window: Window, most: int) -> list[Tick]:
    return [Tick(percent(share), text) for share, text in time_ticks(window, most)]


def _names(lines: Sequence[heat.QuantileLine]) -> list[Tick]:
    """Return the lines' names at their right ends, moved apart where they would touch."""
    names, above = [], -NAME_GAP
    for line in reversed(lines):
        above = max(line.last_y, above + NAME_GAP)
        names.append((line.name, above))
    excess = max(0.0, above - 1)
    return [Tick(percent(y - excess), name) for name, y in names]


def _open_bound(measured: Measured) -> str:
    is_used = any(bucket >= len(measured.bounds) for _column, bucket in measured.counts)
    return measured.measure.text(measured.bounds[-1]) if is_used and measured.bounds else ""
