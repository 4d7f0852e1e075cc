"""How long an attempt waits before it is tried again."""

import hashlib
import math

_FIRST_SECONDS = 2.0
_FACTOR = 3
# A provider that is back is asked within half a minute, the spread and the sweep included.
_LONGEST_SECONDS = 20.0
# A provider that asks for more patience than this is asked again all the same.
_LONGEST_RETRY_AFTER_SECONDS = 300.0
# Half of the wait is spread out, so that an outage's orders don't come back all at once.
_SPREAD = 0.5


def delay_seconds(key: str, *, tries: int) -> float:
    """Return the wait after so many tries: about 2, 6, 18, 20 s; always the same for one row."""
    digest = hashlib.sha256(f"{key} {tries}".encode()).digest()
    position = int.from_bytes(digest[:4], "big") / 2**32
    base = min(_FIRST_SECONDS * math.pow(_FACTOR, tries - 1), _LONGEST_SECONDS)
    return base * (1 - _SPREAD / 2 + _SPREAD * position)


def patient_seconds(key: str, *, tries: int, asked_for: float) -> float:
    """Return the wait, longer where the provider asked for that; within bounds."""
    return max(delay_seconds(key, tries=tries), min(asked_for, _LONGEST_RETRY_AFTER_SECONDS))
