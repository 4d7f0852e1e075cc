"""The ways of telling that are compared; each runs in gunicorn's workers."""

import os
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind

from tests.bench import truth
from webstore.telemetry import contract, lifecycle
from webstore.telemetry.instance import claim_instance_id

NONE = "none"
DJANGO = "django"
HEAD = "head"
ALL = "all"
OURS = "ours"
EAGER = "eager"

TOLD = {
    NONE: "no telemetry",
    DJANGO: "stock Django instrumentation alone",
    HEAD: "10 % head sampling",
    ALL: "everything exported",
    OURS: "ours at 10 %",
}
RATIO = 0.1

# Beyond the arm's name: what each one's environment says.
ENVIRONMENT = {
    OURS: {"WEBSTORE_TRACE_RATIO": str(RATIO)},
    # As many exemplars as there can be, to look for dead ones.
    EAGER: {
        "WEBSTORE_TRACE_RATIO": str(RATIO),
        "WEBSTORE_EXEMPLAR_TRACES_PER_SECOND": "1000",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    },
}


def start(arm: str) -> None:
    """Begin to tell, in this worker, the way `arm` does."""
    if arm == NONE:
        return
    if arm in {OURS, EAGER}:
        lifecycle.start(contract.WEB)
    else:
        _start_stock(ratio=RATIO if arm == HEAD else 1.0, is_whole=arm != DJANGO)
    truth.write_down(os.environ["BENCH_TRUTH"])


def _start_stock(*, ratio: float, is_whole: bool) -> None:
    """Use the SDK and the instrumentation as their documents say; not whole: neither queries nor export."""
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http"
    resource = Resource.create(
        {
            SERVICE_NAMESPACE: contract.NAMESPACE,
            SERVICE_NAME: contract.WEB,
            SERVICE_INSTANCE_ID: claim_instance_id(contract.WEB),
        }
    )
    tracers = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource)
    if is_whole:
        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        _instrument_queries(tracers)
    trace.set_tracer_provider(tracers)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider([reader], resource=resource))
    DjangoInstrumentor().instrument()


def _instrument_queries(tracers: TracerProvider) -> None:
    """Make a real span of each query, the cheapest way: a driver's instrumentation costs more."""
    tracer = tracers.get_tracer("queries")

    def spanned(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        attributes = {"db.system.name": "sqlite", "db.query.text": sql}
        with tracer.start_as_current_span(sql.split(None, 1)[0], kind=SpanKind.CLIENT, attributes=attributes):
            return execute(sql, *call)

    def wrap(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if spanned not in connection.execute_wrappers:
            connection.execute_wrappers.append(spanned)

    connection_created.connect(wrap, weak=False)
