"""What a sink was sent, in the order it came: spans, exemplars, the last value of each counter."""

import json
import threading
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


class Book:
    """Any thread may write."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._spans: list[dict[str, Any]] = []
        self._exemplars: list[dict[str, Any]] = []
        self._values: dict[tuple[str, ...], float] = {}
        self._lock = threading.Lock()

    def write(self, path: str, body: bytes) -> None:
        with self._lock:
            self.bodies.append(body)
            if path == "/v1/traces":
                self._write_spans(ExportTraceServiceRequest.FromString(body))
            else:
                self._write_metrics(ExportMetricsServiceRequest.FromString(body))

    def as_json(self) -> bytes:
        with self._lock:
            values = [[list(key), value] for key, value in self._values.items()]
            told = {"spans": self._spans, "exemplars": self._exemplars, "values": values}
            return json.dumps(told).encode()

    def _write_spans(self, request: ExportTraceServiceRequest) -> None:
        for group in request.resource_spans:
            origin = _plain(group.resource.attributes)
            for scope in group.scope_spans:
                for span in scope.spans:
                    entry = {
                        "request": len(self.bodies),
                        "instance": origin["service.instance.id"],
                        "name": span.name,
                        "trace_id": span.trace_id.hex(),
                        "span_id": span.span_id.hex(),
                        "parent_id": span.parent_span_id.hex(),
                        "ended_ns": span.end_time_unix_nano,
                        "kept": _plain(span.attributes).get("webstore.kept", ""),
                    }
                    self._spans.append(entry)

    def _write_metrics(self, request: ExportMetricsServiceRequest) -> None:
        for group in request.resource_metrics:
            instance = _plain(group.resource.attributes)["service.instance.id"]
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.histogram.data_points:
                        self._write_point(instance, metric.name, point, float(point.count))
                    for number in metric.sum.data_points:
                        self._write_point(instance, metric.name, number, number.as_int or number.as_double)

    def _write_point(self, instance: str, metric: str, point: Any, value: float) -> None:
        labels = [f"{key}={value}" for key, value in sorted(_plain(point.attributes).items())]
        self._values[(instance, metric, *labels)] = value
        for exemplar in point.exemplars:
            entry = {
                "request": len(self.bodies),
                "metric": metric,
                "trace_id": exemplar.trace_id.hex(),
                "span_id": exemplar.span_id.hex(),
            }
            self._exemplars.append(entry)


def _plain(attributes: Iterable[KeyValue]) -> dict[str, str]:
    plain = {}
    for item in attributes:
        kind = item.value.WhichOneof("value")
        plain[item.key] = str(getattr(item.value, kind)) if kind else ""
    return plain
