"""Reading a request's body: bounded in size and time, and refused unread where that is possible."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import ParseException

from webstore.evidence.pager.arrivals import arrivals

MOST_BYTES = 512 * 2**10


@dataclass
class Refusal(Exception):
    """A request that is not taken, and the answer that says so."""

    status: HTTPStatus
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


def read_json(environ: dict[str, Any]) -> bytes:
    """Return the body of a request that says it is JSON."""
    if environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body as it is")
    length = _length(environ)
    if length is not None and length > MOST_BYTES:
        raise _too_large()
    return _read(environ, expected=length)


def _length(environ: dict[str, Any]) -> int | None:
    """Return the announced length; None for a body in chunks, which ends by itself."""
    told = environ.get("CONTENT_LENGTH", "")
    if not told:
        return None
    if not (told.isascii() and told.isdecimal() and len(told) < 20):
        raise Refusal(HTTPStatus.BAD_REQUEST, "the length is no number")
    return int(told)


def _read(environ: dict[str, Any], *, expected: int | None) -> bytes:
    try:
        body: bytes = environ["wsgi.input"].read(MOST_BYTES + 1)
    except (OSError, ParseException) as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body did not arrive") from error
    finally:
        arrivals.arrived(environ["gunicorn.socket"])
    if len(body) > MOST_BYTES:
        raise _too_large()
    if expected is not None and len(body) < expected:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body did not arrive")
    return body


def _too_large() -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MOST_BYTES} bytes")
