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
from django.views.decorators.http import require_http_methods, require_safe

from payments.sandbox import answers, parsing
from payments.sandbox.answers import Answer
from payments.sandbox.till import open_till

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


@require_http_methods(["GET", "POST"])
@for_callers
def charges(request: HttpRequest) -> Answer:
    if request.method == "GET":
        reference = parsing.read_text("reference", request.GET.get("reference"))
        return open_till().list_charges(reference)
    key = parsing.read_key(request.headers.get("Idempotency-Key", ""))
    return open_till().charge(key, parsing.read_charge(request.body))


@require_http_methods(["GET", "POST"])
@for_callers
def refunds(request: HttpRequest) -> Answer:
    if request.method == "GET":
        return open_till().list_refunds(parsing.read_text("charge", request.GET.get("charge")))
    key = parsing.read_key(request.headers.get("Idempotency-Key", ""))
    return open_till().refund(key, parsing.read_refund(request.body))


@require_safe
@for_callers
def charge(_request: HttpRequest, charge_id: str) -> Answer:
    known = open_till().ledger.find_charge(charge_id)
    return answers.found(known.as_json()) if known else answers.NOT_FOUND


def _has_key(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.PROVIDER_API_KEY}"
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode())


def _respond(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    if answer.is_replayed:
        response["Idempotent-Replayed"] = "true"
    if answer.retry_after_seconds is not None:
        response["Retry-After"] = str(answer.retry_after_seconds)
    if answer.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
