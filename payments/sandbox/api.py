"""The provider's API: JSON in and out, behind a bearer key."""

import functools
import hmac
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from payments.sandbox import answers, parsing, switch_parsing
from payments.sandbox.answers import Answer
from payments.sandbox.connection import Connection, NoConnection, SocketConnection
from payments.sandbox.control import open_control
from payments.sandbox.switches import Switches
from payments.sandbox.till import open_look_ups, open_till

logger = logging.getLogger(__name__)


def for_callers(view: Callable[..., Answer]) -> Callable[..., HttpResponse]:
    """Let only callers with the key in, and turn the view's answer into a response."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _has_key(request):
            return _respond(answers.UNAUTHORIZED)
        try:
            return _respond(view(request, *args, **kwargs))
        except parsing.Refused as refused:
            return _respond(refused.answer)
        except RequestDataTooBig:
            return _respond(answers.TOO_LARGE)
        except sqlite3.Error:
            logger.exception("the ledger does not answer")
            return _respond(answers.UNAVAILABLE)

    return guarded


@csrf_exempt
@require_http_methods(["GET", "POST"])
@for_callers
def charges(request: HttpRequest) -> Answer:
    if request.method == "GET":
        reference = parsing.read_text("reference", request.GET.get("reference"))
        return open_look_ups().charges(reference)
    key = parsing.read_key(request.headers.get("Idempotency-Key", ""))
    return open_till().charge(key, parsing.read_charge(request.body), _connection(request))


@csrf_exempt
@require_http_methods(["GET", "POST"])
@for_callers
def refunds(request: HttpRequest) -> Answer:
    if request.method == "GET":
        return open_look_ups().refunds(parsing.read_text("charge", request.GET.get("charge")))
    key = parsing.read_key(request.headers.get("Idempotency-Key", ""))
    return open_till().refund(key, parsing.read_refund(request.body), _connection(request))


@require_safe
@for_callers
def charge(_request: HttpRequest, charge_id: str) -> Answer:
    return open_look_ups().charge(charge_id)


@csrf_exempt
@require_http_methods(["GET", "PUT", "DELETE"])
@for_callers
def control(request: HttpRequest) -> Answer:
    """Tell what is broken, break something instead of it, or mend everything."""
    if request.method == "PUT":
        return answers.found(switch_parsing.change(open_control(), request.body).as_json())
    if request.method == "DELETE":
        return answers.found(open_control().put(Switches()).as_json())
    return answers.found(open_control().state.as_json())


def _connection(request: HttpRequest) -> Connection:
    connected = request.META.get("gunicorn.socket")
    return SocketConnection(connected) if connected else NoConnection()


def _has_key(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.PROVIDER_API_KEY}"
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode())


def _respond(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)
