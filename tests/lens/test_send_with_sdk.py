"""The OpenTelemetry SDK's own exporters, as any program would use them."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer, format_span_id, format_trace_id

from tests.lens.process import LensProcess

RESOURCE = Resource.create(
    {"service.namespace": "webstore", "service.name": "worker", "service.instance.id": "test/0"}
)


@pytest.fixture(params=[Compression.Gzip, Compression.NoCompression])
def providers(
    lens: LensProcess, request: pytest.FixtureRequest
) -> Iterator[tuple[TracerProvider, MeterProvider]]:
    spans = OTLPSpanExporter(lens.otlp_url("/v1/traces"), compression=request.param)
    points = OTLPMetricExporter(lens.otlp_url("/v1/metrics"), compression=request.param)
    tracer_provider = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    tracer_provider.add_span_processor(BatchSpanProcessor(spans))
    reader = PeriodicExportingMetricReader(points, export_interval_millis=60_000)
    meter_provider = MeterProvider([reader], resource=RESOURCE, shutdown_on_exit=False)
    yield tracer_provider, meter_provider
    tracer_provider.shutdown()
    meter_provider.shutdown()


def _measured(tracer: Tracer, meters: MeterProvider, name: str) -> tuple[str, str]:
    duration = meters.get_meter("test").create_histogram(
        name, unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 5]
    )
    with tracer.start_as_current_span("process_payment") as span:
        duration.record(2.5, {"country": "US"})
    context = span.get_span_context()
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


def test_a_measurement_leads_to_its_span(
    lens: LensProcess, providers: tuple[TracerProvider, MeterProvider], request: pytest.FixtureRequest
) -> None:
    traces, meters = providers
    name = f"test.duration.{len(request.node.name)}"

    trace_id, span_id = _measured(traces.get_tracer("test"), meters, name)
    traces.force_flush()
    meters.force_flush()

    query = name.replace(".", "_") + "_bucket"
    (series,) = lens.page(f"/api/v1/query_exemplars?query={query}").json()["data"]
    assert series["seriesLabels"]["le"] == "5"
    assert series["exemplars"][0]["labels"] == {"trace_id": trace_id, "span_id": span_id}
    assert f"/traces/{trace_id}?span={span_id}" in lens.page(f"/metrics/{name}").text
