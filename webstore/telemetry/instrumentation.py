"""Which libraries tell what they do, and how, in each program."""

import os
from collections.abc import Callable

from celery import signals
from django.http import HttpRequest, HttpResponse
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.semconv.attributes.http_attributes import HTTP_ROUTE
from opentelemetry.trace import Span

from webstore.telemetry import contract, database
from webstore.telemetry.propagation import REMOTE_CONTEXT
from webstore.telemetry.sampling import Note
from webstore.telemetry.tasks import note_published_at

# Answered thousands of times a day and never the cause of anything.
_UNTRACED = "static/.*,healthz$,readyz$,favicon.ico$"


def instrument(service: str, *, take_note: Callable[[Note], None]) -> None:
    """Instrument what `service` uses. Must run before Django loads its middleware."""
    # Else HTTP metrics come in milliseconds, under the old names.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    if service in {contract.WEB, contract.PROVIDER}:
        DjangoInstrumentor().instrument(
            request_hook=_link_stranger, response_hook=_name_by_route, excluded_urls=_UNTRACED
        )
    if service in {contract.WEB, contract.WORKER}:
        # Its histogram is recorded after the task's span, so its exemplars would name another one.
        celery = CeleryInstrumentor()  # type: ignore[no-untyped-call]
        celery.instrument(meter_provider=NoOpMeterProvider())
        database.instrument(take_note)
    if service == contract.WORKER:
        RequestsInstrumentor().instrument()
    if service in {contract.WEB, contract.WORKER, contract.BEAT}:
        signals.before_task_publish.connect(note_published_at, weak=False)


def _link_stranger(span: Span, request: HttpRequest) -> None:
    remote = request.META.get(REMOTE_CONTEXT)
    if remote is not None:
        span.add_link(remote)


def _name_by_route(span: Span, request: HttpRequest, _response: HttpResponse) -> None:
    """Name the server span "METHOD /route", as the semantic conventions want it."""
    if not span.is_recording() or request.resolver_match is None:
        return
    route = f"/{request.resolver_match.route}"
    span.update_name(f"{request.method} {route}")
    span.set_attribute(HTTP_ROUTE, route)
