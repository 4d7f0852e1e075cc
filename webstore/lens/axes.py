"""Where a value lies on an axis, and which round numbers stand beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10

from webstore.lens.ranges import Window

# Beyond this ratio a linear axis would press the small values into one line.
LOG_FROM_RATIO = 30
_TIME_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600)


@dataclass(frozen=True)
class Axis:
    low: float
    high: float
    is_log: bool

    def share(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end."""
        if self.is_log:
            inside = min(max(value, self.low), self.high)
            return (log10(inside) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def ticks(self, most: int = 6) -> list[float]:
        """Return round values on 1-2-5 steps."""
        return _log_ticks(self, most) if self.is_log else linear_ticks(self.low, self.high, most)


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    if high <= low:
        return [low]
    rough = (high - low) / most
    magnitude = 10.0 ** floor(log10(rough))
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough * 0.999999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def _log_ticks(axis: Axis, most: int) -> list[float]:
    decades = range(floor(log10(axis.low)), ceil(log10(axis.high)) + 1)
    for factors in ((1, 2, 5), (1, 5), (1,)):
        candidates = (factor * 10.0**decade for decade in decades for factor in factors)
        ticks = [round(tick, 12) for tick in candidates if axis.low * 0.999 <= tick <= axis.high * 1.001]
        if len(ticks) <= most:
            break
    return ticks[:: ceil(len(ticks) / most) or 1]


def time_ticks(window: Window, most: int) -> list[tuple[float, str]]:
    """Return (share of the window, clock time) on round times, at most about `most`."""
    step = next((step for step in _TIME_STEPS if window.seconds / step <= most), _TIME_STEPS[-1])
    first = ceil(window.start / step) * step
    form = "%H:%M:%S" if step < 60 else "%H:%M"
    moments = range(int(first), int(window.end) + 1, step)
    return [(window.share(moment), datetime.fromtimestamp(moment, UTC).strftime(form)) for moment in moments]
