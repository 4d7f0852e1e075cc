"""The access log: by route, because a path may hold an order's secret."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("webstore.access")

# Asked all day long by machines.
_SILENT = {"healthz", "readyz"}
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}


def route_of(request: HttpRequest) -> str:
    """Return the route a request matched, such as "/orders/<slug:token>"."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "(no route)"


def method_of(request: HttpRequest) -> str:
    """Return the method, "(other)" for one that somebody made up: it may say anything."""
    return request.method if request.method in _METHODS else "(other)"


class RoutesInsteadOfPaths(logging.Filter):
    """Rewrites the records Django makes about a request, whose text holds its path."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            status = getattr(record, "status_code", "")
            record.msg = "%s %s %s"
            record.args = (method_of(request), route_of(request), status)
        return True


class AccessLogMiddleware:
    """Writes one line per request, inside its span, so that it carries the trace's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self._get_response(request)
        milliseconds = (time.monotonic() - started) * 1_000
        if request.resolver_match is None or request.resolver_match.route not in _SILENT:
            told = (method_of(request), route_of(request), response.status_code, milliseconds)
            logger.info("%s %s %d %.1f ms", *told)
        return response
