"""Numbers as people read them: two or three figures and a unit."""

from dataclasses import dataclass
from math import floor, inf, isinf, log10

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0}
_SCALE = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h"))
_NAMES = {"s": "seconds", "ms": "milliseconds", "By": "bytes", "1": "", "": ""}


def figures(value: float, count: int = 3) -> str:
    """Return the value with at most `count` figures, no exponent, no zeros at its end."""
    if value == 0:
        return "0"
    decimals = max(0, count - 1 - floor(log10(abs(value))))
    text = f"{round(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def duration(seconds: float) -> str:
    """Return a time with its unit, which switches at 1000."""
    if seconds <= 0:
        return "0 s" if seconds == 0 else f"−{duration(-seconds)}"
    for size, unit in _SCALE[:4]:
        # 999.6 is written 1,000, so it belongs to the next unit.
        if round(seconds / size, 0 if seconds / size >= 100 else 2) < 1000:
            return f"{figures(seconds / size)} {unit}"
    size, unit = _SCALE[4] if seconds < 60_000 else _SCALE[5]
    return f"{figures(seconds / size)} {unit}"


def ago(seconds: float) -> str:
    """Return how long ago something was, as people say it."""
    if seconds < 120:
        return f"{max(0, round(seconds))} s ago"
    return f"{round(seconds / 60)} min ago" if seconds < 7_200 else f"{round(seconds / 3_600)} h ago"


def duration_ns(nanoseconds: float) -> str:
    return duration(nanoseconds / 1e9)


@dataclass(frozen=True)
class Measure:
    """How the values of one unit read."""

    unit: str

    @property
    def name(self) -> str:
        if self.unit.startswith("{"):
            return self.unit.strip("{}")
        return _NAMES.get(self.unit, self.unit)

    def text(self, value: float) -> str:
        if self.unit in _SECONDS:
            return duration(value * _SECONDS[self.unit])
        if self.unit == "USD":
            return f"${value:,.2f}"
        return f"{figures(value)} {self.suffix}".strip()

    @property
    def suffix(self) -> str:
        return "" if self.unit == "1" or self.unit.startswith("{") else self.unit

    def ticks(self, values: list[float]) -> list[str]:
        """Return the texts of an axis: one unit for all, that of the largest."""
        if self.unit == "USD":
            return [f"${_thousands(value)}" for value in values]
        if self.unit not in _SECONDS:
            return [f"{_thousands(value)} {self.suffix}".strip() for value in values]
        size, unit = _axis_unit(max(values, default=0) * _SECONDS[self.unit])
        return [f"{figures(value * _SECONDS[self.unit] / size)} {unit}" for value in values]


def _axis_unit(largest_seconds: float) -> tuple[float, str]:
    fitting = [(size, unit) for size, unit in _SCALE if size <= largest_seconds * 1.000001]
    minutes_need = 600
    return max(
        (pair for pair in fitting if pair[0] <= 1 or largest_seconds >= minutes_need), default=_SCALE[0]
    )


def _thousands(value: float) -> str:
    return f"{figures(value / 1000)}k" if value >= 1000 else figures(value)


def quantile_text(measure: Measure, value: float | None, *, largest_bound: float = inf) -> str:
    """Return a quantile's text; beyond the last bound only "more than" is known."""
    if value is None:
        return "–"
    if isinf(value):
        return f"> {measure.text(largest_bound)}"
    return measure.text(value)
