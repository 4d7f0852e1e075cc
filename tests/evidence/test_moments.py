"""Moments and durations as people type them."""

import pytest

from webstore.evidence.moments import duration_of, moment_of, written


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("1.5h", 5_400), ("1d", 86_400)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration_of(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5m", "5 minutes", "1e3", "inf"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration like"):
        duration_of(text)


@pytest.mark.parametrize("text", ["1767225600", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00"])
def test_moments_are_read(text: str) -> None:
    assert moment_of(text) == 1_767_225_600


@pytest.mark.parametrize(
    "text", ["", "noon", "2026-01-01T00:00:00", "nan", "inf", "1767225600000", "-1e12", "1e300"]
)
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no moment|neither Unix|lacks its offset"):
        moment_of(text)


def test_moment_is_written_in_utc() -> None:
    assert written(1_767_225_600.9) == "2026-01-01T00:00:00Z"
