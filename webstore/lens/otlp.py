"""OTLP/HTTP in: an answer of success means it is stored."""

import sqlite3
import threading
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from webstore.lens import wire
from webstore.lens.metric_writer import record_metrics
from webstore.lens.opening import open_store
from webstore.lens.span_writer import record_spans

RETRY_AFTER_SECONDS = 5
# A body of the largest size grows several times while it is read: two at once are enough.
_in_memory = threading.BoundedSemaphore(2)


@csrf_exempt
@require_POST
def traces(request: HttpRequest) -> HttpResponse:
    return _taken(request, _store_traces)


@csrf_exempt
@require_POST
def metrics(request: HttpRequest) -> HttpResponse:
    return _taken(request, _store_metrics)


def _taken(request: HttpRequest, store: Callable[[bytes, str], HttpResponse]) -> HttpResponse:
    encoding = wire.PROTOBUF
    try:
        encoding = wire.encoding_of(request)
        with _in_memory:
            return store(wire.read_body(request), encoding)
    except wire.RefusedError as error:
        return wire.refusal(error, encoding)
    except sqlite3.Error:
        # The store has logged why, once; its senders come again every few seconds.
        unavailable = wire.RefusedError(503, "the store cannot be written", wire.UNAVAILABLE)
        response = wire.refusal(unavailable, encoding)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


def _store_traces(body: bytes, encoding: str) -> HttpResponse:
    request = wire.decode(body, encoding, ExportTraceServiceRequest())
    with open_store().writing() as db:
        refusals = record_spans(db, request, now_ns=time.time_ns())
    response = ExportTraceServiceResponse()
    if refusals.count:
        response.partial_success.rejected_spans = refusals.count
        response.partial_success.error_message = refusals.message
    return wire.answer(response, encoding)


def _store_metrics(body: bytes, encoding: str) -> HttpResponse:
    request = wire.decode(body, encoding, ExportMetricsServiceRequest())
    store = open_store()
    with store.writing() as db:
        refusals = record_metrics(db, request, now_ns=time.time_ns(), limits=store.limits)
    response = ExportMetricsServiceResponse()
    if refusals.count:
        response.partial_success.rejected_data_points = refusals.count
        response.partial_success.error_message = refusals.message
    return wire.answer(response, encoding)
