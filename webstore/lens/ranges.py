"""How far back a page looks."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Range:
    """A choice of how far back, with round column widths for a wide and for a narrow picture."""

    key: str
    label: str
    seconds: int
    column_seconds: int
    narrow_factor: int

    def window(self, now: float) -> "Window":
        """Return the window that ends with the column of `now`."""
        widest = self.column_seconds * self.narrow_factor
        end = ceil(now / widest) * widest
        return Window(end - self.seconds, end)


@dataclass(frozen=True)
class Window:
    """A span of time in Unix seconds: the start is excluded, the end included."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def start_ns(self) -> int:
        return int(self.start * 10**9)

    @property
    def end_ns(self) -> int:
        return int(self.end * 10**9)

    def share(self, moment: float) -> float:
        return (moment - self.start) / self.seconds


RANGES = (
    Range("15m", "15 min", 900, 15, 2),
    Range("1h", "1 h", 3_600, 60, 2),
    Range("6h", "6 h", 21_600, 300, 3),
)
DEFAULT = RANGES[0]


def range_of(key: str) -> Range:
    """Return the range a link names, the default for anything else."""
    return next((choice for choice in RANGES if choice.key == key), DEFAULT)
