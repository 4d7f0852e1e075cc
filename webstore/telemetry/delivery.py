"""Metrics on their way to the sink: an exemplar is delivered when its metric was.

One point that the sink refuses, or that cannot be encoded, spoils the whole request, at every
interval again. So a refused request is sent once more metric by metric, and a metric that is
refused alone is left out for a minute, while the others go on.
"""

import operator
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import Metric, MetricExporter, MetricExportResult, MetricsData

from webstore.telemetry import contract
from webstore.telemetry.exemplars import Waiting
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

LEFT_OUT_SECONDS = 60.0


class DeliveringExporter(MetricExporter):
    """Hands metrics on to `exporter`, which uses `session`, and tells which exemplars arrived."""

    def __init__(
        self, exporter: MetricExporter, *, session: SinkSession, waiting: Waiting, tally: Tally
    ) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,
            preferred_aggregation=exporter._preferred_aggregation,
        )
        self.is_failing = False
        self._exporter = exporter
        self._session = session
        self._waiting = waiting
        self._tally = tally
        self._left_out_until: dict[str, float] = {}
        self._whole_until = 0.0

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any
    ) -> MetricExportResult:
        now = time.monotonic()
        wanted = _only(metrics_data, lambda metric: self._left_out_until.get(metric.name, 0.0) <= now)
        result = self._send(wanted)
        self.is_failing = result is not MetricExportResult.SUCCESS
        if self.is_failing and self._session.is_refused and self._whole_until <= now:
            self._send_one_by_one(wanted, now)
        return result

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._exporter.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _send(self, data: MetricsData) -> MetricExportResult:
        self._session.forget()
        result = self._exporter.export(data)
        if result is MetricExportResult.SUCCESS and not self._session.is_refused:
            self._waiting.delivered(_exemplars(data))
            return result
        self._tally.add(contract.EXPORT_FAILURES, contract.SIGNAL_METRICS)
        return MetricExportResult.FAILURE

    def _send_one_by_one(self, data: MetricsData, now: float) -> None:
        refused: list[Metric] = []
        is_any_taken = False
        for metric in list(_metrics(data)):
            alone = _only(data, partial(operator.is_, metric))
            if self._send(alone) is MetricExportResult.SUCCESS:
                is_any_taken = True
            elif self._session.is_refused:
                refused.append(metric)
            else:
                return
        if not is_any_taken:
            # It refuses whatever we send: nothing is wrong with any one metric.
            self._whole_until = now + LEFT_OUT_SECONDS
            return
        for metric in refused:
            self._left_out_until[metric.name] = now + LEFT_OUT_SECONDS
            self._waiting.refused(_exemplars_of(metric))


def _only(data: MetricsData, is_wanted: Callable[[Metric], bool]) -> MetricsData:
    """Return the same data with the wanted metrics alone."""
    return MetricsData(
        [
            replace(
                resource,
                scope_metrics=[
                    replace(scope, metrics=wanted)
                    for scope in resource.scope_metrics
                    if (wanted := [metric for metric in scope.metrics if is_wanted(metric)])
                ],
            )
            for resource in data.resource_metrics
        ]
    )


def _metrics(data: MetricsData) -> Iterator[Metric]:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            yield from scope.metrics


def _exemplars(data: MetricsData) -> Iterator[Exemplar]:
    for metric in _metrics(data):
        yield from _exemplars_of(metric)


def _exemplars_of(metric: Metric) -> Iterator[Exemplar]:
    for point in metric.data.data_points:
        yield from point.exemplars
