"""Pages for people. They read, nothing else; each works without a script and refreshes itself with one."""

import time
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webstore.lens import environment, metric_page, overview, ranges, span_reader, trace_page
from webstore.lens.measures import figures
from webstore.lens.opening import open_store
from webstore.lens.trace_ids import trace_id_of

# A trace this young may still be growing.
YOUNG_SECONDS = 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = time.time()
    chosen = ranges.range_of(request.GET.get("range", ""))
    with open_store().reading() as db:
        page = overview.read(db, chosen.window(now), now=now)
    return render(request, "lens/home.html", _frame() | {"page": page, "ranges": _ranges(request, chosen)})


@require_safe
def metric(request: HttpRequest, name: str) -> HttpResponse:
    wanted = metric_page.Wanted(ranges.range_of(request.GET.get("range", "")), request.GET, time.time())
    with open_store().reading() as db:
        page = metric_page.read(db, name, wanted)
    if page is None:
        return _not_here(request, "No such histogram", f"No histogram named {name} has arrived.")
    context = {
        "page": page,
        "chosen": wanted.chosen,
        "ranges": _ranges(request, wanted.chosen),
        "as_table": wanted.as_table,
        "table_href": _link(request, "as", None if wanted.as_table else "table"),
        "scale_href": _link(request, "scale", None if wanted.linear else "linear"),
    }
    return render(request, "lens/metric.html", _frame() | context)


@require_safe
def trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    known = trace_id_of(trace_id)
    if known is None:
        return _not_here(request, "This is no trace id", "A trace id is up to 32 hex digits.")
    with open_store().reading() as db:
        selected, opened = request.GET.get("span", ""), request.GET.get("open", "")
        page = trace_page.read(db, known, selected=selected, opened=opened)
        has_departed = page is None and span_reader.has_departed(db, known)
    if page is None:
        return _trace_gone(request, known, has_departed=has_departed)
    is_young = time.time() - page.tree.end_ns / 1e9 < YOUNG_SECONDS
    return render(request, "lens/trace.html", _frame() | {"page": page, "is_young": is_young})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _not_here(request, "This page is not here", "The lens has metrics and traces.")


def _trace_gone(request: HttpRequest, trace_id: str, *, has_departed: bool) -> HttpResponse:
    hours = figures(environment.LIMITS.age_seconds / 3600)
    if has_departed:
        return _not_here(request, "Aged out", f"Trace {trace_id} was here; traces are kept {hours} h.")
    words = f"No span of trace {trace_id} is here. A program sends its spans about a second after they end."
    return _not_here(request, "This trace never arrived", words)


def _not_here(request: HttpRequest, title: str, words: str) -> HttpResponse:
    return render(request, "lens/not_here.html", _frame() | {"title": title, "words": words}, status=404)


def _frame() -> dict[str, object]:
    """Return what every page shows: whether the store can be written, and when this was read."""
    trouble = open_store().trouble
    return {
        "trouble": trouble,
        "trouble_since": trouble and datetime.fromtimestamp(trouble.since, UTC),
        "read_at": datetime.now(UTC),
        "otlp_port": environment.OTLP_PORT,
    }


def _ranges(request: HttpRequest, chosen: ranges.Range) -> list[dict[str, object]]:
    return [
        {"label": one.label, "href": _link(request, "range", one.key), "is_on": one == chosen}
        for one in ranges.RANGES
    ]


def _link(request: HttpRequest, key: str, value: str | None) -> str:
    """Return this page with one parameter changed, or without it."""
    query = request.GET.copy()
    query.pop(key, None)
    if value is not None:
        query[key] = value
    return f"?{query.urlencode()}" if query else request.path
