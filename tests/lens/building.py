"""OTLP requests by hand, one line each."""

import time
from collections.abc import Sequence

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Exemplar,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

SECOND = 10**9
TRACE = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
OTHER_TRACE = bytes.fromhex("1bf7651916cd43dd8448eb211c80319d")
BOUNDS = (0.1, 1.0, 5.0)

CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA


def now_ns() -> int:
    return time.time_ns()


def attributes(**values: str) -> list[KeyValue]:
    """Return attributes; a double underscore in a name stands for a dot."""
    return [KeyValue(key=key.replace("__", "."), value=AnyValue(string_value=v)) for key, v in values.items()]


def resource(service: str = "web", instance: str = "") -> Resource:
    named = attributes(
        service__namespace="webstore", service__name=service, service__instance__id=instance or f"{service}/0"
    )
    return Resource(attributes=named)


def span(number: int, *, parent: int = 0, trace: bytes = TRACE, **fields: object) -> Span:
    """Return span `number` of a trace, one second long unless told."""
    start = int(str(fields.pop("start_ns", now_ns())))
    end = int(str(fields.pop("end_ns", start + SECOND)))
    built = Span(
        trace_id=trace,
        span_id=number.to_bytes(8),
        parent_span_id=parent.to_bytes(8) if parent else b"",
        name=str(fields.pop("name", f"span {number}")),
        start_time_unix_nano=start,
        end_time_unix_nano=end,
    )
    if fields.pop("failed", False):
        built.status.code = Status.STATUS_CODE_ERROR
    built.attributes.extend(attributes(**{key: str(value) for key, value in fields.items()}))
    return built


def traces(*spans: Span, service: str = "web") -> ExportTraceServiceRequest:
    group = ResourceSpans(resource=resource(service), scope_spans=[ScopeSpans(spans=spans)])
    return ExportTraceServiceRequest(resource_spans=[group])


def exemplar(value: float, *, span_number: int = 1, trace: bytes = TRACE, at_ns: int = 0) -> Exemplar:
    return Exemplar(
        as_double=value,
        time_unix_nano=at_ns or now_ns(),
        trace_id=trace,
        span_id=span_number.to_bytes(8),
    )


def histogram_point(
    buckets: Sequence[int], *, start_ns: int = 1, time_ns: int = 0, exemplars: Sequence[Exemplar] = ()
) -> HistogramDataPoint:
    return HistogramDataPoint(
        start_time_unix_nano=start_ns,
        time_unix_nano=time_ns or now_ns(),
        count=sum(buckets),
        sum=float(sum(buckets)),
        bucket_counts=buckets,
        explicit_bounds=BOUNDS,
        attributes=attributes(country="US"),
        exemplars=exemplars,
    )


def histogram(point: HistogramDataPoint, *, delta: bool = False) -> Metric:
    temporality = DELTA if delta else CUMULATIVE
    data = Histogram(data_points=[point], aggregation_temporality=temporality)
    return Metric(name="shop.payment.duration", unit="s", histogram=data)


def counter(value: float, *, start_ns: int = 1, time_ns: int = 0) -> Metric:
    point = NumberDataPoint(
        as_double=value, start_time_unix_nano=start_ns, time_unix_nano=time_ns or now_ns()
    )
    data = Sum(data_points=[point], aggregation_temporality=CUMULATIVE, is_monotonic=True)
    return Metric(name="shop.orders", sum=data)


def metrics(*built: Metric, instance: str = "worker/0") -> ExportMetricsServiceRequest:
    group = ResourceMetrics(
        resource=resource("worker", instance), scope_metrics=[ScopeMetrics(metrics=built)]
    )
    return ExportMetricsServiceRequest(resource_metrics=[group])
