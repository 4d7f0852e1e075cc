"""The ledger as a page for people, and the sign of life for programs."""

import logging
import sqlite3

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from payments.sandbox import event_lines, statement, switch_stories
from payments.sandbox.control import open_control
from payments.sandbox.till import has_listener, open_till
from payments.sandbox.tokens import TOKENS

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def ledger(request: HttpRequest) -> HttpResponse:
    before = _read_before(request.GET.get("before", ""))
    try:
        lines = statement.lines(open_till().ledger, before=before)
        totals = statement.totals(open_till().ledger)
        events = event_lines.newest(open_till().ledger, has_listener=has_listener())
    except sqlite3.Error:
        logger.exception("the ledger does not answer")
        return HttpResponse("The ledger cannot be read now.", status=503, content_type="text/plain")
    shown = lines[: statement.PAGE_LENGTH]
    context = {
        "page": "ledger",
        "now": switch_stories.now(open_control().state),
        "events": events,
        "lines": shown,
        "totals": totals,
        "tokens": TOKENS.values(),
        "is_first_page": before is None,
        "older": shown[-1].id if len(lines) > len(shown) else None,
    }
    return render(request, "ledger.html", context)


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def _read_before(text: str) -> int | None:
    """Return the line to page on from; anything else is the first page."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
