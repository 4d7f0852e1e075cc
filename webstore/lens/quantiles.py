"""Quantiles of a histogram, estimated as Prometheus' histogram_quantile does."""

from collections.abc import Mapping, Sequence
from math import inf

SHOWN = (0.5, 0.95, 0.99)


def quantile(share: float, bounds: Sequence[float], counts: Mapping[int, int]) -> float | None:
    """Return the value below which `share` of all lie; None when there are none, inf beyond the last bound.

    `counts` are by bucket, not cumulative. Values are taken to lie evenly within their bucket.
    """
    total = sum(counts.values())
    if not total or not bounds:
        return None
    rank, below = share * total, 0
    for bucket in sorted(counts):
        inside = counts[bucket]
        if below + inside >= rank and inside:
            return _within(bucket, bounds, (rank - below) / inside)
        below += inside
    return inf


def _within(bucket: int, bounds: Sequence[float], share: float) -> float:
    if bucket >= len(bounds):
        return inf
    upper = bounds[bucket]
    if bucket == 0:
        # The first bucket has no lower bound: from zero, unless it holds negative values.
        return upper * share if upper > 0 else upper
    lower = bounds[bucket - 1]
    return lower + (upper - lower) * share
