"""The pager as a WSGI app: Alertmanager's webhook and a health check. No answer shows an alert."""

import hmac
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from webstore.evidence.pager import environment, inbound, notification
from webstore.evidence.pager.inbound import Refusal
from webstore.evidence.pager.notification import RefusedError
from webstore.evidence.pager.paging import Outcome, Pager

StartResponse = Callable[[str, list[tuple[str, str]]], object]

_STATUS = {
    Outcome.SENT: HTTPStatus.OK,
    Outcome.ALREADY_SENT: HTTPStatus.OK,
    Outcome.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.UNDELIVERED: HTTPStatus.BAD_GATEWAY,
}
_pager = Pager()

logger = logging.getLogger(__name__)


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    try:
        status, text, headers = _answer(environ)
    except Refusal as refusal:
        status, text, headers = refusal.status, refusal.reason, refusal.headers
    body = f"{text}\n".encode()
    told = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *headers]
    start_response(f"{status.value} {status.phrase}", told)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _answer(environ: dict[str, Any]) -> tuple[HTTPStatus, str, tuple[tuple[str, str], ...]]:
    method = environ["REQUEST_METHOD"]
    match environ.get("PATH_INFO", ""):
        case "/healthz":
            _check_method(method, "GET", "HEAD")
            return HTTPStatus.OK, "ok", ()
        case "/alerts":
            _check_method(method, "POST")
            outcome = _take_or_warn(environ)
            return _STATUS[outcome], outcome.value, ()
    raise Refusal(HTTPStatus.NOT_FOUND, "there is /alerts and /healthz")


def _take_or_warn(environ: dict[str, Any]) -> Outcome:
    try:
        return _take(environ)
    except Refusal as refusal:
        # Reasons are our own words: nothing that was sent is among them.
        logger.warning("refused %d: %s", refusal.status, refusal.reason)
        raise


def _take(environ: dict[str, Any]) -> Outcome:
    _check_sender(environ)
    body = inbound.read_json(environ)
    try:
        group = notification.parse(body)
    except RefusedError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
    return _pager.take(group)


def _check_method(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "not this way", (("Allow", ", ".join(allowed)),))


def _check_sender(environ: dict[str, Any]) -> None:
    # Browsers say where a POST comes from, and no page has business here, by whatever name it calls us.
    if "HTTP_ORIGIN" in environ or "HTTP_SEC_FETCH_SITE" in environ:
        raise Refusal(HTTPStatus.FORBIDDEN, "not from a browser")
    # WSGI hands the bytes of a header over as if they were Latin-1.
    shown = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1")
    if environment.TOKEN and not hmac.compare_digest(shown, f"Bearer {environment.TOKEN}".encode()):
        raise Refusal(HTTPStatus.UNAUTHORIZED, "show the token", (("WWW-Authenticate", "Bearer"),))
