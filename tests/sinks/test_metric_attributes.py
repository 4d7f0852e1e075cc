"""An attribute of a metric leaves the process only when its key is on the list."""

import gzip
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.resources import Resource

from tests.sinks.answering import Answering, answering_sink
from webstore.telemetry import contract
from webstore.telemetry.options import Options
from webstore.telemetry.pipeline import Pipeline

SECRET = "mara@example.com"
NEVER = 1e9


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    with answering_sink() as answering:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", answering.url(""))
        yield answering


def _sent_with(sink: Answering, attributes: dict[str, str]) -> bytes:
    """Return the metrics that leave after one value in a span, its exemplar too."""
    pipeline = Pipeline(Resource.get_empty(), Options(1.0, 2.0, NEVER, NEVER))
    histogram = pipeline.meter_provider.get_meter("anybody").create_histogram("anything")
    with pipeline.tracer_provider.get_tracer("anybody").start_as_current_span("request"):
        histogram.record(1.0, attributes)
    pipeline.flush()
    pipeline.meter_provider.shutdown()
    return gzip.decompress(sink.bodies[1])


def test_only_listed_attributes_leave(sink: Answering) -> None:
    body = _sent_with(sink, {contract.COUNTRY: "US", "email": SECRET})

    request = ExportMetricsServiceRequest.FromString(body)
    metrics = {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}
    [point] = metrics["anything"].histogram.data_points
    assert [(pair.key, pair.value.string_value) for pair in point.attributes] == [("country", "US")]
    assert len(point.exemplars) == 1
    assert SECRET.encode() not in body
