"""The access log: by route, because a path may hold an order's secret."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("webstore.access")


class AccessLogMiddleware:
    """Writes one line per request, inside its span, so that it carries the trace's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self._get_response(request)
        route = f"/{request.resolver_match.route}" if request.resolver_match else "(no route)"
        milliseconds = (time.monotonic() - started) * 1_000
        logger.info("%s %s %d %.1f ms", request.method, route, response.status_code, milliseconds)
        return response
