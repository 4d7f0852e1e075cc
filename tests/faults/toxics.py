"""What can be wrong with the way between two programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# What is asked, and what is answered.
Way = Literal["there", "back"]

# A narrow way is fed in so many portions a second, so that it flows.
_PORTIONS = 20
_UNLIMITED = 2**62


@dataclass(frozen=True)
class Toxics:
    """All that is wrong at one time; nothing by default. Numbers are seconds or bytes."""

    # Nobody listens: who comes is refused, and who is connected is cut off.
    down: bool = False
    # Connections are reset after so many seconds.
    reset: float | None = None
    # Nothing passes, and connections are closed after so many seconds. What was sent waits.
    timeout: float | None = None
    # Every piece is so late; together with `slice` it drips.
    latency: float = 0
    slice: int | None = None
    # Bytes a second.
    bandwidth: int | None = None
    # So many bytes of a connection pass; then it is closed.
    limit: int | None = None
    # So late does one side hear that the other has closed.
    slow_close: float = 0
    # Where pieces are late, few or held; a connection ends for both sides.
    ways: tuple[Way, ...] = ("there", "back")

    def on(self, way: Way) -> "Toxics":
        return self if way in self.ways else Toxics()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        portion = max(1, self.bandwidth // _PORTIONS) if self.bandwidth else len(data)
        size = min(portion, self.slice or len(data))
        return (data[start : start + size] for start in range(0, len(data), size))

    def pause(self, length: int) -> float:
        """Return how long a piece is held up."""
        return self.latency + (length / self.bandwidth if self.bandwidth else 0)

    def left(self, passed: int) -> int:
        """Return how many more bytes may pass."""
        return _UNLIMITED if self.limit is None else max(0, self.limit - passed)
