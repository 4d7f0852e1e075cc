"""How many traces may be kept for exemplars alone."""

import time
from collections.abc import Callable

# Saved up for at most so long: what one export interval may spend at once.
SAVED_SECONDS = 5.0


class Budget:
    """A bucket of tokens, `per_second` of them; not thread-safe, its owner holds a lock.

    The second half is for the highest buckets: what is slow must be found even when many
    ordinary measurements would like a trace of their own.
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * SAVED_SECONDS) if per_second > 0 else 0.0
        self._tokens = self._most
        self._clock = clock
        self._counted_at = clock()

    def spend(self, *, is_top: bool) -> bool:
        """Take one token if there is one for this rank."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._counted_at) * self._per_second)
        self._counted_at = now
        if self._tokens < (1.0 if is_top else 1.0 + self._most / 2):
            return False
        self._tokens -= 1.0
        return True
