"""Two ports, two sets of routes: the port a request came in by decides what it may ask for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import Resolver404, resolve

from webstore.lens import environment

GetResponse = Callable[[HttpRequest], HttpResponse]

OTLP_ROUTES = "webstore.lens.otlp_urls"


class DoorMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # SERVER_PORT is the listening socket's, never what the Host header claims.
        if request.META["SERVER_PORT"] == str(environment.OTLP_PORT):
            try:
                resolve(request.path_info, OTLP_ROUTES)
            except Resolver404:
                # Here, because static files are served before any route is asked for.
                return HttpResponseNotFound(content_type="text/plain")
            request.urlconf = OTLP_ROUTES
        return self._get_response(request)
