"""Cumulative counts, and what they grew by."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """What a counter or histogram says at one time. A counter has a sum alone."""

    count: int = 0
    sum: float = 0.0
    buckets: tuple[int, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        longest = max(self.buckets, other.buckets, key=len)
        buckets = tuple(_at(self, i) + _at(other, i) for i in range(len(longest)))
        return Tally(self.count + other.count, self.sum + other.sum, buckets)

    def increase_since(self, last: "Tally") -> "Tally":
        """Return what was added since `last`; everything, if the sender began anew meanwhile."""
        if self._began_anew_since(last):
            return self
        buckets = tuple(_at(self, i) - _at(last, i) for i in range(len(self.buckets)))
        return Tally(self.count - last.count, self.sum - last.sum, buckets)

    def _began_anew_since(self, last: "Tally") -> bool:
        if not self.buckets and not self.count:
            return self.sum < last.sum
        # A histogram's sum may fall, when it measures negative values; its counts never do.
        return self.count < last.count or any(_at(self, i) < _at(last, i) for i in range(len(last.buckets)))

    @property
    def is_empty(self) -> bool:
        return not (self.count or self.sum or any(self.buckets))

    def to_json(self) -> str:
        return json.dumps([self.count, self.sum, self.buckets], separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Tally":
        count, total, buckets = json.loads(text)
        return cls(count, total, tuple(buckets))


def _at(tally: Tally, index: int) -> int:
    return tally.buckets[index] if index < len(tally.buckets) else 0
