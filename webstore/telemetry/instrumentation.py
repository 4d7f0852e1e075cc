"""Which libraries tell what they do, and how, in each program."""

import os
from collections.abc import Callable

from celery import signals
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.metrics import NoOpMeterProvider

from webstore.telemetry import contract, database, serving
from webstore.telemetry.sampling import Note
from webstore.telemetry.tasks import note_published_at


def instrument(service: str, *, take_note: Callable[[Note], None]) -> None:
    """Instrument what `service` uses. Must run before Django loads its middleware."""
    # Else HTTP metrics come in milliseconds, under the old names.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    if service in {contract.WEB, contract.PROVIDER}:
        serving.instrument()
    if service in {contract.WEB, contract.WORKER}:
        # Its histogram is recorded after the task's span, so its exemplars would name another one.
        celery = CeleryInstrumentor()  # type: ignore[no-untyped-call]
        celery.instrument(meter_provider=NoOpMeterProvider())
        database.instrument(take_note)
    if service == contract.WORKER:
        RequestsInstrumentor().instrument()
    if service in {contract.WEB, contract.WORKER, contract.BEAT}:
        signals.before_task_publish.connect(note_published_at, weak=False)
