from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from tests.telemetry.rig import Rig
from webstore.telemetry.serving import RequestMiddleware

ORDER = SimpleNamespace(route="orders/<str:token>")


class Durations:
    """Stands in for the SDK's histogram: keeps the attributes."""

    def __init__(self) -> None:
        self.attributes: list[dict[str, Any]] = []

    def record(self, _amount: float, attributes: dict[str, Any]) -> None:
        self.attributes.append(attributes)


class Served:
    """A middleware whose view answers with one status, and what it told."""

    def __init__(self, status: int = 200, error: Exception | None = None) -> None:
        self.rig = Rig(ratio=1.0)
        self.durations = Durations()
        self._status, self._error = status, error
        self._middleware = _middleware(self.rig, self.durations, self._answer)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        request.resolver_match = ORDER  # type: ignore[assignment]
        if self._error:
            self._middleware.process_exception(request, self._error)
        return HttpResponse(status=self._status)

    def span(self, request: HttpRequest) -> ReadableSpan:
        self._middleware(request)
        [kept] = self.rig.kept
        assert isinstance(kept.what, ReadableSpan)
        return kept.what


def _middleware(rig: Rig, durations: Durations, answer: Callable[[HttpRequest], Any]) -> RequestMiddleware:
    class Wired(RequestMiddleware):
        _tracer = rig.tracer
        _duration_histogram_new: Histogram = durations  # type: ignore[assignment]

    return Wired(answer)  # type: ignore[no-untyped-call]


def _get(path: str = "/orders/secret", **headers: Any) -> HttpRequest:
    return RequestFactory(SERVER_NAME="127.0.0.1").get(path, **headers)


def test_span_is_named_by_method_and_route() -> None:
    span = Served().span(_get())

    assert span.name == "GET /orders/<str:token>"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/orders/<str:token>",
        "network.protocol.version": "1.1",
        "server.address": "127.0.0.1",
        "server.port": 80,
        "url.scheme": "http",
    }


def test_duration_has_the_attributes_of_the_conventions() -> None:
    served = Served(status=503)

    served.span(_get())

    assert served.durations.attributes == [
        {
            "error.type": "503",
            "http.request.method": "GET",
            "http.response.status_code": 503,
            "http.route": "/orders/<str:token>",
            "network.protocol.version": "1.1",
            "url.scheme": "http",
        }
    ]


def test_exception_that_became_a_500_is_an_error() -> None:
    span = Served(500, ValueError("secret")).span(_get())

    assert span.status.status_code is StatusCode.ERROR
    assert [event.name for event in span.events] == ["exception"]


def test_exception_that_became_a_404_is_none() -> None:
    span = Served(404, LookupError("secret")).span(_get())

    assert span.status.status_code is StatusCode.UNSET
    assert span.events == ()


def test_invented_method_makes_no_name_of_its_own() -> None:
    span = Served().span(RequestFactory(SERVER_NAME="127.0.0.1").generic("BREW", "/orders/x"))

    assert span.name == "HTTP /orders/<str:token>"
    assert (span.attributes or {})["http.request.method"] == "_OTHER"


def test_span_continues_the_trace_of_one_of_ours() -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    span = Served().span(_get(HTTP_TRACEPARENT=traceparent))

    assert span.parent is not None
    assert (span.parent.span_id, span.parent.is_remote) == (0xB7AD6B7169203331, True)


def test_span_does_not_join_what_the_thread_did_before() -> None:
    served = Served()

    with served.rig.tracer.start_as_current_span("left over"):
        span = served.span(_get())

    assert span.parent is None


@pytest.mark.parametrize("path", ["/healthz", "/static/css/shop.css", "/favicon.ico"])
def test_health_and_files_leave_nothing(path: str) -> None:
    served = Served()

    served._middleware(_get(path))

    assert (served.rig.kept, served.durations.attributes) == ([], [])


def test_foreign_host_leaves_nothing() -> None:
    served = Served()

    with pytest.raises(DisallowedHost):
        served._middleware(_get(HTTP_HOST="evil.example"))

    assert (served.rig.kept, served.durations.attributes) == ([], [])


def test_view_that_ends_the_process_ends_its_span() -> None:
    def leave(_request: HttpRequest) -> HttpResponseBase:
        raise SystemExit

    rig = Rig(ratio=1.0)

    with pytest.raises(SystemExit):
        _middleware(rig, Durations(), leave)(_get())

    assert rig.names() == ["GET"]


def test_unix_socket_has_no_port_to_tell() -> None:
    span = Served().span(_get(SERVER_PORT="", HTTP_HOST="127.0.0.1"))

    assert "server.port" not in (span.attributes or {})
