"""A small Django site that uses telemetry as any project would: urls, views and WSGI app."""

import os
import signal
import time
from collections.abc import Iterator
from types import FrameType

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tests.lifecycle import work
from webstore.telemetry import propagation
from webstore.telemetry.carrying import streamed


def whole(request: HttpRequest) -> StreamingHttpResponse:
    """Answer with the trace's id, and do all that a local trace can be made of."""
    work.everything(late_seconds=float(request.GET.get("late", "0")))
    return StreamingHttpResponse(streamed(_parts(float(request.GET.get("pause", "0")))))


def plain(request: HttpRequest) -> HttpResponse:
    """Measure, take as long as asked, and answer; nothing leaves the process but a dot."""
    work.note_current()
    work.visit()
    time.sleep(float(request.GET.get("seconds", "0")))
    return HttpResponse(propagation.current_trace_id())


def hang(_request: HttpRequest) -> HttpResponse:
    work.note_current()
    work.visit()
    with work.noted("hanging"):
        time.sleep(60)
    return HttpResponse()


def block(_request: HttpRequest) -> HttpResponse:
    """Let the worker's main thread hang, which the arbiter's timeout is about."""
    os.kill(os.getpid(), signal.SIGUSR2)
    return hang(_request)


def _parts(pause: float) -> Iterator[str]:
    with work.noted("body"):
        yield propagation.current_trace_id()
        for _ in range(2):
            time.sleep(pause)
            work.visit()
            yield " "


def _hang_main_thread(_number: int, _frame: FrameType | None) -> None:
    time.sleep(60)


urlpatterns = [
    path("whole", whole),
    path("plain", plain),
    path("hang", hang),
    path("block", block),
]


signal.signal(signal.SIGUSR2, _hang_main_thread)
application = get_wsgi_application()
# From here on the worker hears signals; programs.py waits for that.
print("ready to serve", flush=True)
