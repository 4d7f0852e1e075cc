"""A telemetry sink on a free port that keeps every span and every point of a metric it is sent."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, Metric, NumberDataPoint

from tests.serving import served


@dataclass(frozen=True)
class Span:
    """One delivered span; ids are hex, "" where there is none."""

    name: str
    instance: str
    trace_id: str
    span_id: str
    parent_id: str
    is_failed: bool
    attributes: dict[str, str]


@dataclass(frozen=True)
class Point:
    """What one process said last about one series."""

    metric: str
    instance: str
    started_ns: int
    attributes: frozenset[tuple[str, str]]
    value: float


@dataclass(frozen=True)
class Dot:
    """One delivered exemplar."""

    metric: str
    trace_id: str
    span_id: str
    value: float


class RecordingSink(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Span] = []
        self.dots: set[Dot] = set()
        self._points: dict[tuple[object, ...], Point] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def span_ids(self) -> set[str]:
        return {span.span_id for span in self.spans}

    def trace(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace_id == trace_id]

    def dead_dots(self) -> set[Dot]:
        """Return the exemplars whose span never came."""
        return {dot for dot in self.dots if dot.span_id not in self.span_ids}

    def points(self, metric: str) -> list[Point]:
        """Return the last point of every series, one for each process that began it."""
        return [point for point in list(self._points.values()) if point.metric == metric]

    def total(self, metric: str, **attributes: str) -> float:
        """Return a counter, or a histogram's count, summed over all series and processes."""
        wanted = set(attributes.items())
        return sum(point.value for point in self.points(metric) if wanted <= point.attributes)

    def keep_spans(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            instance = _facts(resource.resource.attributes)["service.instance.id"]
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                is_failed = span.status.code == span.status.STATUS_CODE_ERROR
                self.spans.append(Span(span.name, instance, *ids, is_failed, _facts(span.attributes)))

    def keep_metrics(self, request: ExportMetricsServiceRequest) -> None:
        for resource in request.resource_metrics:
            instance = _facts(resource.resource.attributes)["service.instance.id"]
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                for point in metric.histogram.data_points:
                    self._keep_point(metric, point, instance, point.count)
                    for dot in point.exemplars:
                        ids = (dot.trace_id.hex(), dot.span_id.hex())
                        self.dots.add(Dot(metric.name, *ids, dot.as_double))
                for number in (*metric.sum.data_points, *metric.gauge.data_points):
                    self._keep_point(metric, number, instance, number.as_int + number.as_double)

    def _keep_point(
        self, metric: Metric, point: HistogramDataPoint | NumberDataPoint, instance: str, value: float
    ) -> None:
        series = frozenset(_facts(point.attributes).items())
        kept = Point(metric.name, instance, point.start_time_unix_nano, series, value)
        self._points[(kept.metric, kept.instance, kept.started_ns, kept.attributes)] = kept


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RecordingSink

    def do_POST(self) -> None:
        body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/traces":
            self.server.keep_spans(ExportTraceServiceRequest.FromString(body))
        else:
            self.server.keep_metrics(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def _facts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {fact.key: fact.value.string_value or str(fact.value.int_value) for fact in attributes}


@contextmanager
def recording_sink() -> Iterator[RecordingSink]:
    with served(RecordingSink()) as sink:
        yield sink
