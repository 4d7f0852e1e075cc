"""How long things are kept: a trace at least as long as a dashboard can show its dot."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit

HOP = Hop("retention")
_OLDEST = "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds"
_MOST_FILE_BYTES = 8 * 2**20
_UNITS = {
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "M": 2_592_000.0,
    "y": 31_536_000.0,
}
_PART = re.compile(r"(\d{1,9})(ms|[smhdwMy])")
_KEPT = re.compile(r"^ *block_retention: *(\S{1,40}) *$", re.MULTILINE)


def examine(visit: Visit) -> Iterator[Verdict]:
    traces = _trace_seconds(visit)
    if traces is None:
        yield _unknown(visit)
        return
    shown, dashboard = longest_range(visit.places.dashboards)
    dots = _dot_seconds(visit)
    facts = f"traces are kept {told(traces)}"
    facts += f", {dashboard} shows {told(shown)}" if shown else ""
    facts += f", the oldest dot is {told(dots)} old" if dots else ""
    if (shown or dots) > traces:
        yield HOP.wrong(
            f"Dots outlive their traces: {facts}.",
            setting="block_retention (Tempo)",
            remedy=f"Keep traces for {told(shown or dots)} or longer, or let dashboards show less.",
        )
    else:
        yield HOP.fine(f"{facts[0].upper()}{facts[1:]}.")


def _unknown(visit: Visit) -> Verdict:
    try:
        is_embedded = not visit.store.is_prometheus
    except ReadSideError:
        is_embedded = False
    if is_embedded:
        return HOP.absent("The lens lets a dot go with its trace; there is nothing to set.")
    return HOP.absent("Not looked at: the trace store does not tell how long it keeps traces.")


def _trace_seconds(visit: Visit) -> float | None:
    """Return how long Tempo keeps traces, None when it does not tell."""
    try:
        text = (
            visit.asker.get(f"{visit.places.traces_url.rstrip('/')}/status/config")
            .whole()
            .decode(errors="replace")
        )
    except ReadSideError:
        return None
    # 0 is an override that overrides nothing.
    found = [seconds for match in _KEPT.finditer(text) if (seconds := seconds_of(match[1]))]
    return min(found, default=None)


def _dot_seconds(visit: Visit) -> float:
    """Return the age of the oldest dot, 0 when nobody tells."""
    try:
        oldest = visit.store.own_metrics.get(_OLDEST, 0) if visit.store.is_prometheus else 0
    except ReadSideError:
        return 0.0
    return max(0.0, time.time() - oldest) if oldest else 0.0


def longest_range(folder: Path | None) -> tuple[float, str]:
    """Return the longest time any dashboard offers, in seconds, and the file's name; 0 without dashboards."""
    ranges = [
        (seconds_of(text), file.name)
        for file in (sorted(folder.rglob("*.json")) if folder else [])
        for text in _ranges(_read(file))
    ]
    return max(ranges, default=(0.0, ""))


def _read(file: Path) -> Mapping[str, Any]:
    try:
        with file.open(encoding="utf-8") as opened:
            told = json.loads(opened.read(_MOST_FILE_BYTES))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _ranges(dashboard: Mapping[str, Any]) -> Iterator[str]:
    picker = dashboard.get("timepicker") or {}
    yield str((dashboard.get("time") or {}).get("from", "")).removeprefix("now-")
    yield from (str(option) for option in picker.get("time_options") or [])
    yield from (str(one.get("from", "")).removeprefix("now-") for one in picker.get("quick_ranges") or [])


def seconds_of(text: str) -> float:
    """Return the seconds of such as "48h0m0s" or "7d"; 0 for anything else."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return 0.0
    return sum(float(number) * _UNITS.get(unit, 0.001) for number, unit in parts)


def told(seconds: float) -> str:
    for unit in ("d", "h", "m"):
        if seconds >= _UNITS[unit]:
            return f"{seconds / _UNITS[unit]:.3g} {unit if unit != 'm' else 'min'}"
    return f"{seconds:.0f} s"
