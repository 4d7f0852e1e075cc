"""The marked measurement: one value of one series, whose exemplar names a span that exists nowhere else.

It is written by hand, not by the SDK: nothing between here and the sink may repeat, delay or
choose. Its series is the doctor's own, always the same one, so that asking often costs nothing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import time_ns

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Exemplar,
    Histogram,
    HistogramDataPoint,
    Metric,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from webstore.telemetry import contract

SPEC = contract.DOCTOR_DELIVERY
# One trace may be lucky with somebody who keeps one of ten; so many are not.
WITNESSES = 7
_MILLISECOND_NS = 1_000_000
_RESOURCE = {
    "service.namespace": contract.NAMESPACE,
    "service.name": contract.DOCTOR,
    "service.instance.id": contract.DOCTOR,
}


@dataclass(frozen=True)
class Mark:
    """The ids of one examination. Its series begins when the mark is made."""

    trace: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    span: bytes = field(default_factory=lambda: secrets.token_bytes(8))
    witnesses: tuple[bytes, ...] = field(
        default_factory=lambda: tuple(secrets.token_bytes(16) for _ in range(WITNESSES))
    )
    began_ns: int = field(default_factory=time_ns)

    @property
    def trace_id(self) -> str:
        return self.trace.hex()

    @property
    def span_id(self) -> str:
        return self.span.hex()

    @property
    def began_at(self) -> float:
        return self.began_ns / 1e9

    @cached_property
    def witness_ids(self) -> tuple[str, ...]:
        return tuple(trace.hex() for trace in self.witnesses)

    def span_request(self) -> ExportTraceServiceRequest:
        """Return the marked span and those of the witnesses, a trace each."""
        now_ns = time_ns()
        spans = [_span(trace, self.span, self.began_ns, now_ns) for trace in (self.trace, *self.witnesses)]
        scope = ScopeSpans(scope=InstrumentationScope(name=contract.SCOPE), spans=spans)
        group = ResourceSpans(resource=_resource(_RESOURCE), scope_spans=[scope])
        return ExportTraceServiceRequest(resource_spans=[group])

    def metric_request(self, seconds: float) -> ExportMetricsServiceRequest:
        """Return one histogram of one value, with an exemplar that names the marked span."""
        # Its own start lies before, also in a store that counts milliseconds.
        now_ns = max(time_ns(), self.began_ns + _MILLISECOND_NS)
        point = HistogramDataPoint(
            start_time_unix_nano=self.began_ns,
            time_unix_nano=now_ns,
            count=1,
            sum=seconds,
            explicit_bounds=SPEC.boundaries,
            bucket_counts=_bucket_counts(seconds),
            exemplars=[
                Exemplar(as_double=seconds, time_unix_nano=now_ns, trace_id=self.trace, span_id=self.span)
            ],
        )
        cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        histogram = Histogram(data_points=[point], aggregation_temporality=cumulative)
        metric = Metric(name=SPEC.name, unit=SPEC.unit, description=SPEC.description, histogram=histogram)
        scope = ScopeMetrics(scope=InstrumentationScope(name=contract.SCOPE), metrics=[metric])
        group = ResourceMetrics(resource=_resource(_RESOURCE), scope_metrics=[scope])
        return ExportMetricsServiceRequest(resource_metrics=[group])


def _span(trace: bytes, span: bytes, start_ns: int, end_ns: int) -> Span:
    return Span(
        trace_id=trace,
        span_id=span,
        name=contract.DOCTOR,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=max(start_ns, end_ns),
    )


def _bucket_counts(seconds: float) -> list[int]:
    bucket = sum(seconds > bound for bound in SPEC.boundaries)
    return [int(number == bucket) for number in range(len(SPEC.boundaries) + 1)]


def _resource(facts: Mapping[str, str]) -> Resource:
    return Resource(
        attributes=[KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in facts.items()]
    )
