"""Telemetry of one process: started after the last fork, flushed before the end, bounded.

Providers own threads and locks, and a child inherits neither in a usable state. So nothing
here may run in a process that still forks: gunicorn starts it in `post_fork`, Celery in
`worker_process_init`, a program that never forks at its beginning.
"""

import atexit
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED
from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
    Resource,
)
from opentelemetry.util.types import AttributeValue

from webstore.telemetry import contract, instrumentation
from webstore.telemetry.errands import Errands
from webstore.telemetry.instance import claim_instance_id
from webstore.telemetry.options import Options
from webstore.telemetry.pipeline import Pipeline
from webstore.telemetry.propagation import CrossingPropagator

FLUSH_SECONDS = 2.0
# When the sink failed already at the last try: enough for one that is back.
FAILING_FLUSH_SECONDS = 0.5

logger = logging.getLogger(__name__)


@dataclass
class _Running:
    pipeline: Pipeline
    pid: int
    errands: Errands = field(default_factory=Errands)
    # For all flushes at its end together.
    seconds_left: float = FLUSH_SECONDS


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
    options = Options.from_environment()
    # The sender tells when the sink goes and comes back; the exporters would tell at every try.
    logging.getLogger("opentelemetry.exporter.otlp").setLevel(logging.CRITICAL)
    pipeline = Pipeline(_resource(service), options)
    trace.set_tracer_provider(pipeline.tracer_provider)
    metrics.set_meter_provider(pipeline.meter_provider)
    set_global_textmap(CrossingPropagator(pipeline.traces.cross))
    instrumentation.instrument(service, take_note=pipeline.traces.note)
    _tell_info(pipeline.meter_provider, options)
    _running = _Running(pipeline, os.getpid())
    atexit.register(stop)


def flush() -> None:
    """Send what is there while threads may still be at work; what they do leaves when it ends.

    For the end of a server's main loop. `stop` runs by itself when the last thread is done.
    """
    if _running is not None and _running.pid == os.getpid():
        _send(_running, _running.pipeline.flush, within=FLUSH_SECONDS)


def stop(*, within: float = FLUSH_SECONDS) -> None:
    """End what is still open and send everything, within so many seconds: the process ends now."""
    if _running is not None and _running.pid == os.getpid():
        _send(_running, _running.pipeline.finish, within=within)


def _send(running: _Running, send: Callable[[], None], *, within: float) -> None:
    """Send in another thread: a silent sink may block it far longer than a dying process may wait."""
    usual = FAILING_FLUSH_SECONDS if running.pipeline.is_failing else FLUSH_SECONDS
    seconds = min(within, usual, running.seconds_left)
    if seconds <= 0:
        return
    began = time.monotonic()
    is_sent = running.errands.run(send, seconds=seconds)
    running.seconds_left -= time.monotonic() - began
    if not is_sent:
        logger.warning("telemetry was not sent within %.1f s; the rest of it is lost", seconds)


def _resource(service: str) -> Resource:
    return Resource.create(
        {
            SERVICE_NAMESPACE: contract.NAMESPACE,
            SERVICE_NAME: service,
            SERVICE_INSTANCE_ID: claim_instance_id(service),
            SERVICE_VERSION: os.environ.get("WEBSTORE_VERSION", "dev"),
        }
    )


def _tell_info(provider: MeterProvider, options: Options) -> None:
    meter, built_in, started_at = provider.get_meter(contract.SCOPE), os.getpid(), time.time()
    facts: dict[str, AttributeValue] = {
        contract.RATIO: options.ratio,
        contract.VERSION: version("opentelemetry-sdk"),
    }

    def observe_info(_options: CallbackOptions) -> list[Observation]:
        # In a child the SDK brings a reader built before the fork to life again, and only it.
        return [Observation(1, {**facts, contract.BUILT_AFTER_FORK: os.getpid() == built_in})]

    def observe_start(_options: CallbackOptions) -> list[Observation]:
        return [Observation(started_at)]

    told = ((contract.TELEMETRY_INFO, observe_info), (contract.TELEMETRY_STARTED, observe_start))
    for spec, observe in told:
        meter.create_observable_gauge(
            spec.name, callbacks=[observe], unit=spec.unit, description=spec.description
        )
