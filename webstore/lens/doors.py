"""Two ports, two sets of routes: the port a request came in by decides what it may ask for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from webstore.lens import environment

GetResponse = Callable[[HttpRequest], HttpResponse]


class DoorMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # SERVER_PORT is the listening socket's, never what the Host header claims.
        if request.META["SERVER_PORT"] == str(environment.OTLP_PORT):
            request.urlconf = "webstore.lens.otlp_urls"
        return self._get_response(request)
