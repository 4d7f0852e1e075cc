"""The picture of a histogram: one cell per column and bucket, quantiles as steps over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from webstore.lens.axes import Axis
from webstore.lens.metric_reader import Heat, by_column
from webstore.lens.quantiles import SHOWN, quantile

LEVELS = 6
# Height of the picture's own coordinates; its width is one per column.
HEIGHT = 1000


@dataclass(frozen=True)
class Shade:
    level: int
    path: str


@dataclass(frozen=True)
class QuantileLine:
    name: str
    path: str
    last_y: float
    """Share of the height from the top where the line ends."""


@dataclass(frozen=True)
class Picture:
    columns: int
    shades: list[Shade]
    lines: list[QuantileLine]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.columns} {HEIGHT}"


def thresholds(largest: int) -> list[int]:
    """Return the least count of each shade: equal steps of the logarithm, each a whole number of its own."""
    wanted = [max(1, round(largest ** (step / LEVELS))) for step in range(LEVELS)]
    steps: list[int] = []
    for least in wanted:
        steps.append(max(least, steps[-1] + 1) if steps else least)
    return [least for least in steps if least <= max(1, largest)]


def legend(steps: Sequence[int]) -> list[str]:
    """Return what each shade stands for, in whole numbers."""
    ends = [*(step - 1 for step in steps[1:]), None]
    return [
        f"{least}+" if last is None else str(least) if last == least else f"{least}–{last}"
        for least, last in zip(steps, ends, strict=True)
    ]


def draw(counts: Heat, axis: Axis, bounds: Sequence[float], *, columns: int, steps: Sequence[int]) -> Picture:
    shapes: dict[int, list[str]] = {}
    for (column, bucket), count in sorted(counts.items()):
        level = max(index for index, least in enumerate(steps) if count >= least)
        shapes.setdefault(level, []).append(_cell(column, _edges(axis, bounds, bucket)))
    shades = [Shade(level, "".join(paths)) for level, paths in sorted(shapes.items())]
    return Picture(columns, shades, [_line(share, counts, axis=axis, bounds=bounds) for share in SHOWN])


def _edges(axis: Axis, bounds: Sequence[float], bucket: int) -> tuple[float, float]:
    """Return top and bottom of a bucket; the open ones end where the axis does."""
    upper = bounds[bucket] if bucket < len(bounds) else axis.high
    lower = bounds[bucket - 1] if bucket else axis.low
    return _y(axis, upper), _y(axis, lower)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT * (1 - axis.share(value)), 1)


def _cell(column: int, edges: tuple[float, float]) -> str:
    top, bottom = edges
    return f"M{column} {top:g}h1V{bottom:g}h-1z"


def _line(share: float, counts: Heat, *, axis: Axis, bounds: Sequence[float]) -> QuantileLine:
    path, last_y, previous = "", 1.0, (-2, 0.0)
    for column, buckets in by_column(counts).items():
        value = quantile(share, bounds, buckets)
        y = _y(axis, axis.high if value in {None, inf} else float(value or 0))
        # Neighbours of one height are one stroke, so that its dashes run on.
        path += "h1" if previous == (column - 1, y) else f"M{column} {y:g}h1"
        previous, last_y = (column, y), y / HEIGHT
    return QuantileLine(f"P{share * 100:g}", path, last_y)
