"""What really was the worst: written down by each worker, next to the instrument that measures it.

One line per export interval and route: how many requests, the slowest one's duration and trace.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.instrumentation.django.middleware.otel_middleware import _DjangoMiddleware
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

_HISTOGRAM = "_duration_histogram_new"


@dataclass(frozen=True)
class Interval:
    """What one worker measured on one route between two exports."""

    route: str
    count: int
    worst_seconds: float
    trace_id: str


class Watched:
    """The instrumentation's histogram of request durations, watched from outside."""

    def __init__(self, histogram: Histogram, file: Path) -> None:
        self._histogram = histogram
        self._file = file
        self._seen: list[tuple[str, float, int]] = []

    def record(self, amount: float, attributes: dict[str, Any]) -> None:
        self._histogram.record(amount, attributes)
        trace_id = trace.get_current_span().get_span_context().trace_id
        self._seen.append((attributes.get("http.route", ""), amount, trace_id))

    def end_interval(self, _options: CallbackOptions) -> list[Observation]:
        """Write down what was seen; the SDK asks observable instruments first at each export."""
        seen, self._seen = self._seen, []
        by_route = defaultdict(list)
        for route, amount, trace_id in seen:
            by_route[route.lstrip("/")].append((amount, trace_id))
        with self._file.open("a") as lines:
            for route, measured in by_route.items():
                worst, trace_id = max(measured)
                interval = Interval(route, len(measured), worst, trace.format_trace_id(trace_id))
                lines.write(json.dumps(asdict(interval)) + "\n")
        return []


def write_down(folder: str) -> None:
    """Begin to write in this worker; everything must be instrumented already."""
    watched = Watched(getattr(_DjangoMiddleware, _HISTOGRAM), Path(folder) / f"{os.getpid()}.jsonl")
    setattr(_DjangoMiddleware, _HISTOGRAM, watched)
    metrics.get_meter("bench").create_observable_gauge("bench.interval", callbacks=[watched.end_interval])


def read(folder: Path, route: str, *, least: int) -> Iterator[Interval]:
    """Yield the intervals in which a worker measured `least` requests or more on the route."""
    for file in folder.glob("*.jsonl"):
        for line in file.read_text().splitlines():
            interval = Interval(**json.loads(line))
            if interval.route == route and interval.count >= least:
                yield interval
