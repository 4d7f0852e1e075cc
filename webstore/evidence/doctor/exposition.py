"""The numbers a Go program tells of itself at /metrics, in Prometheus' text format."""

import re
from collections import defaultdict
from collections.abc import Mapping
from math import isfinite

# Longer ones are nobody's metrics, and would keep the pattern busy.
_MOST_SIGNS = 4_096
_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^\n]*\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*")


def totals(text: str) -> Mapping[str, float]:
    """Return each metric's sum over its series, by name without `_total`; what is no number is left out."""
    found: dict[str, float] = defaultdict(float)
    for line in text.splitlines():
        match = _LINE.fullmatch(line) if len(line) <= _MOST_SIGNS else None
        value = _finite(match[2]) if match else None
        if match and value is not None:
            found[match[1].removesuffix("_total")] += value
    return found


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
