"""The read API, in the shapes of Prometheus and Tempo, so that one client reads either."""

import time
from datetime import datetime
from math import isfinite

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from webstore.lens import prometheus, selector, tempo
from webstore.lens.opening import open_store
from webstore.lens.trace_ids import trace_id_of

# An instant query answers for now; a clock may be this far off.
NOW_SECONDS = 60.0


@require_safe
def query_exemplars(request: HttpRequest) -> HttpResponse:
    try:
        wanted = selector.parse(request.GET.get("query", ""))
        start, end = _moment(request, "start", 0.0), _moment(request, "end", 9e9)
        if end < start:
            raise ValueError("end is before start")
    except ValueError as error:
        return _bad_data(error)
    with open_store().reading() as db:
        return _success(prometheus.exemplars(db, wanted, start=start, end=end))


@require_safe
def query(request: HttpRequest) -> HttpResponse:
    now = time.time()
    try:
        wanted = selector.parse(request.GET.get("query", ""))
        if abs(_moment(request, "time", now) - now) > NOW_SECONDS:
            raise ValueError("this store answers for now only: leave time away")
    except ValueError as error:
        return _bad_data(error)
    with open_store().reading() as db:
        result = prometheus.instant(db, wanted, now=round(now, 3))
    return _success({"resultType": "vector", "result": result})


@require_safe
def trace(_request: HttpRequest, trace_id: str) -> HttpResponse:
    """Tempo's version 2: a missing trace is an empty one."""
    known = trace_id_of(trace_id)
    if known is None:
        return _bad_trace_id()
    with open_store().reading() as db:
        groups = tempo.resource_spans(db, known)
    return JsonResponse({"trace": {"resourceSpans": groups} if groups else {}})


@require_safe
def trace_v1(_request: HttpRequest, trace_id: str) -> HttpResponse:
    known = trace_id_of(trace_id)
    if known is None:
        return _bad_trace_id()
    with open_store().reading() as db:
        groups = tempo.resource_spans(db, known)
    if not groups:
        return HttpResponse("trace not found", status=404, content_type="text/plain")
    return JsonResponse({"batches": groups})


def _moment(request: HttpRequest, name: str, default: float) -> float:
    """Return a query parameter as Unix seconds: a number, or RFC 3339."""
    text = request.GET.get(name, "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = _rfc3339(name, text)
    if not isfinite(seconds) or abs(seconds) > 9e9:
        raise ValueError(f"{name} is no time")
    return seconds


def _rfc3339(name: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name} is neither Unix seconds nor RFC 3339") from error
    if moment.tzinfo is None:
        raise ValueError(f"{name} lacks its offset from UTC")
    return moment.timestamp()


def _success(data: object) -> JsonResponse:
    return JsonResponse({"status": "success", "data": data})


def _bad_data(error: ValueError) -> JsonResponse:
    return JsonResponse({"status": "error", "errorType": "bad_data", "error": str(error)}, status=400)


def _bad_trace_id() -> HttpResponse:
    return HttpResponse("a trace id is 1 to 32 hex digits", status=400, content_type="text/plain")
