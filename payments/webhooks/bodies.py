"""The bytes of a request that anybody may send: never more of them than an event can have."""

import re

from django.http import HttpRequest

MOST_BYTES = 64 * 1024

_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


class TooLarge(Exception):
    pass


class Unreadable(Exception):
    """It broke off, or is not what it says."""


def read(request: HttpRequest) -> bytes:
    """Return the raw body; raise `TooLarge`, having read no more than the limit, or `Unreadable`."""
    try:
        return _read_chunks(request) if _is_chunked(request) else _read_announced(request)
    except TooLarge:
        raise
    # Each server raises what it likes about a body that ends early or comes in broken chunks.
    except Exception as error:
        raise Unreadable from error


def _is_chunked(request: HttpRequest) -> bool:
    return "Transfer-Encoding" in request.headers and "CONTENT_LENGTH" not in request.META


def _read_announced(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(length):
        raise Unreadable
    if int(length) > MOST_BYTES:
        raise TooLarge
    return request.body


def _read_chunks(request: HttpRequest) -> bytes:
    # Django sees no length and reads nothing. The server ends this stream where the body ends.
    if not request.META.get("wsgi.input_terminated"):
        raise Unreadable
    body: bytes = request.META["wsgi.input"].read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge
    return body
