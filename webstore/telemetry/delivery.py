"""Metrics on their way to the sink: an exemplar is delivered when its metric was."""

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData

from webstore.telemetry import contract
from webstore.telemetry.exemplars import Waiting
from webstore.telemetry.tally import Tally


class DeliveringExporter(MetricExporter):
    """Hands metrics on to `exporter` and tells which exemplars arrived."""

    def __init__(self, exporter: MetricExporter, waiting: Waiting, tally: Tally) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,
            preferred_aggregation=exporter._preferred_aggregation,
        )
        self._exporter = exporter
        self._waiting = waiting
        self._tally = tally

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        result = self._exporter.export(metrics_data, timeout_millis, **kwargs)
        if result is MetricExportResult.SUCCESS:
            self._waiting.delivered(_exemplars(metrics_data))
        else:
            self._tally.add(contract.EXPORT_FAILURES, contract.SIGNAL_METRICS)
        return result

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._exporter.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _exemplars(data: MetricsData) -> Iterator[Exemplar]:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    yield from point.exemplars
