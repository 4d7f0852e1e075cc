"""What of a request was not kept, said back to its sender as OTLP's partial success."""

from collections import Counter


class Refusals:
    def __init__(self) -> None:
        self._reasons: Counter[str] = Counter()

    def add(self, reason: str, count: int = 1) -> None:
        self._reasons[reason] += count

    @property
    def count(self) -> int:
        return self._reasons.total()

    @property
    def message(self) -> str:
        return "; ".join(f"{reason} ({count})" for reason, count in self._reasons.most_common(5))
