"""The pages for what went wrong. None of them shows the text of an exception."""

import logging
import sys

from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from webstore.telemetry.propagation import current_trace_id

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 30


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "404.html", status=404)


@requires_csrf_token
def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    logger.info("a form was refused: %s", reason)
    return render(request, "403_csrf.html", status=403)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer without reading the form again, as Django's own page does: that may be what is broken."""
    return HttpResponse(render_to_string("400.html", {"style": _style()}), status=400)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Say sorry without the database, which may be what broke; a database that is away means "later"."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return unavailable()
    page = render_to_string("500.html", {"style": _style(), "reference": current_trace_id()})
    return HttpResponse(page, status=500)


def unavailable() -> HttpResponse:
    page = render_to_string("503.html", {"style": _style()})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _style() -> str:
    """Return the address of the one style sheet, "" when not even that can be found."""
    try:
        return staticfiles_storage.url("css/plain.css")
    except ValueError:
        logger.exception("the static files were not collected")
        return ""
