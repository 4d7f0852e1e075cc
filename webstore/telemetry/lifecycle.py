"""Telemetry of one process: started after the last fork, flushed before the end, bounded.

Providers own threads and locks, and a child inherits neither in a usable state. So nothing
here may run in a process that still forks: gunicorn starts it in `post_fork`, Celery in
`worker_process_init`, a program that never forks at its beginning.
"""

import atexit
import logging
import os
import threading
from dataclasses import dataclass
from importlib.metadata import version

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from webstore.telemetry import contract, instrumentation
from webstore.telemetry.instance import claim_instance_id
from webstore.telemetry.privacy import PrivateSpanExporter

FLUSH_SECONDS = 2.0
# One export may take this long; a flush at exit has to fit two of them.
_EXPORT_TIMEOUT_SECONDS = 2
_SPAN_DELAY_MILLIS = 1_000
_METRIC_INTERVAL_MILLIS = 5_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Running:
    tracer_provider: TracerProvider
    meter_provider: MeterProvider
    pid: int


_running: _Running | None = None


def is_enabled() -> bool:
    """Return whether there is somewhere to send telemetry to."""
    return bool(os.environ.get(OTEL_EXPORTER_OTLP_ENDPOINT)) and (
        os.environ.get(OTEL_SDK_DISABLED, "").lower() != "true"
    )


def start(service: str) -> None:
    """Build this process's providers and instrument its libraries; a second call does nothing.

    Without OTEL_EXPORTER_OTLP_ENDPOINT every span and instrument stays a do-nothing object.
    """
    global _running  # noqa: PLW0603 - one process, one telemetry
    if not is_enabled() or (_running and _running.pid == os.getpid()):
        return
    resource = _resource(service)
    tracer_provider = _tracer_provider(resource)
    meter_provider = _meter_provider(resource)
    trace.set_tracer_provider(tracer_provider)
    metrics.set_meter_provider(meter_provider)
    set_global_textmap(TraceContextTextMapPropagator())
    instrumentation.instrument(service)
    _tell_info(meter_provider)
    _running = _Running(tracer_provider, meter_provider, os.getpid())
    atexit.register(stop)


def stop() -> None:
    """Send what is left, spans before metrics, within `FLUSH_SECONDS`; then send nothing more.

    `force_flush` may block far longer than its timeout when the sink is silent, so it runs in
    a daemon thread that a dying process does not wait for.
    """
    global _running  # noqa: PLW0603
    if _running is None or _running.pid != os.getpid():
        return
    flusher = threading.Thread(target=_flush, args=(_running,), daemon=True)
    _running = None
    flusher.start()
    flusher.join(FLUSH_SECONDS)
    if flusher.is_alive():
        logger.warning("telemetry was not sent within %.0f s; the rest of it is lost", FLUSH_SECONDS)


def _flush(running: _Running) -> None:
    running.tracer_provider.force_flush()
    running.meter_provider.force_flush()


def _resource(service: str) -> Resource:
    return Resource.create(
        {
            SERVICE_NAMESPACE: contract.NAMESPACE,
            SERVICE_NAME: service,
            SERVICE_INSTANCE_ID: claim_instance_id(service),
            SERVICE_VERSION: os.environ.get("WEBSTORE_VERSION", "dev"),
        }
    )


def _tracer_provider(resource: Resource) -> TracerProvider:
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(timeout=_EXPORT_TIMEOUT_SECONDS, compression=Compression.Gzip)
    delay = int(os.environ.get("OTEL_BSP_SCHEDULE_DELAY", _SPAN_DELAY_MILLIS))
    provider.add_span_processor(
        BatchSpanProcessor(PrivateSpanExporter(exporter), schedule_delay_millis=delay)
    )
    return provider


def _meter_provider(resource: Resource) -> MeterProvider:
    exporter = OTLPMetricExporter(timeout=_EXPORT_TIMEOUT_SECONDS, compression=Compression.Gzip)
    interval = float(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL", _METRIC_INTERVAL_MILLIS))
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=interval)
    return MeterProvider([reader], resource=resource, shutdown_on_exit=False)


def _tell_info(provider: MeterProvider) -> None:
    spec = contract.TELEMETRY_INFO
    facts: dict[str, AttributeValue] = {
        contract.BUILT_AFTER_FORK: True,
        contract.RATIO: 1.0,
        contract.VERSION: version("opentelemetry-sdk"),
    }

    def observe(_options: CallbackOptions) -> list[Observation]:
        return [Observation(1, facts)]

    provider.get_meter(contract.SCOPE).create_observable_gauge(
        spec.name, callbacks=[observe], unit=spec.unit, description=spec.description
    )
