"""Spans and metric points of the test process itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

Points = dict[str, list[Any]]


class Telemetry:
    """What the code under test recorded. Counters are cumulative: `count` tells the increase."""

    def __init__(self, spans: InMemorySpanExporter, reader: InMemoryMetricReader) -> None:
        self._spans = spans
        self._reader = reader
        self._before = self._all_points()

    def spans(self, name: str | None = None) -> Sequence[ReadableSpan]:
        """Return finished spans, oldest end first."""
        return [span for span in self._spans.get_finished_spans() if name in {None, span.name}]

    def points(self, name: str) -> list[Any]:
        """Return the instrument's data points, cumulative over the whole test process."""
        return self._all_points().get(name, [])

    def count(self, name: str, attributes: Mapping[str, object]) -> float:
        """Return how often a histogram, or by how much a counter, grew since the test began."""
        before = _sum_of(self._before.get(name, []), attributes)
        return _sum_of(self._all_points().get(name, []), attributes) - before

    def _all_points(self) -> Points:
        data = self._reader.get_metrics_data()
        points: Points = {}
        for resource in data.resource_metrics if data else []:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points.setdefault(metric.name, []).extend(metric.data.data_points)
        return points


def _sum_of(points: list[Any], attributes: Mapping[str, object]) -> float:
    matching = [point for point in points if dict(point.attributes) == dict(attributes)]
    return sum(float(point.count if hasattr(point, "count") else point.value) for point in matching)
