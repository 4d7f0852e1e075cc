"""Moments and spans of time, as people type them."""

import re
from datetime import UTC, datetime

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def duration_of(text: str) -> float:
    """Return the seconds of "90", "90s", "15m", "2h" or "1d"; ValueError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration like 90s, 15m, 2h or 1d")
    return float(match[1]) * _SECONDS[match[2]]


def moment_of(text: str) -> float:
    """Return the Unix seconds of a number of them, or of RFC 3339; ValueError for anything else."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = _rfc3339(text)
    if not is_moment(seconds):
        raise ValueError(f"{text!r} is no moment; Unix seconds have ten digits")
    return seconds


def is_moment(seconds: float) -> bool:
    """Return whether a calendar has it."""
    try:
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return True


def written(seconds: float) -> str:
    """Return a moment as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc3339(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is neither Unix seconds nor like 2026-01-31T12:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} lacks its offset from UTC, such as Z")
    return moment.timestamp()
