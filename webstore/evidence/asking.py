"""Questions by HTTP, bounded in time and size, whoever answers: no redirects, no proxies, no .netrc.

ReadSideError
├── Unreachable   nobody answered, or not in time
└── BadAnswer     somebody did, but not as was asked
"""

import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from webstore.deadline import Deadline
from webstore.evidence.plain import plain, shown

MAX_ANSWER_BYTES = 32 * 2**20
_CHUNK_BYTES = 64 * 2**10
_TOLD_SIGNS = 200


class ReadSideError(Exception):
    """Why there is no evidence; the message is one line for people."""


class Unreachable(ReadSideError):
    pass


class BadAnswer(ReadSideError):
    pass


@dataclass(frozen=True)
class Answer:
    """What came back. `at` is the server's own clock in Unix seconds, None when it does not tell."""

    url: str
    status: int
    body: bytes
    at: float | None = None

    @property
    def said(self) -> str:
        """Return the beginning of the body as one harmless line."""
        return plain(self.body[:_TOLD_SIGNS].decode(errors="replace"))

    def whole(self) -> bytes:
        """Return the body of a 200; anything else is a BadAnswer."""
        if self.status != 200:
            raise BadAnswer(f"{self.url} answered {self.status}: {self.said}")
        return self.body


class Asker:
    """Asks one question after another. `timeout_seconds` bounds each as a whole, `end_at` all of them.

    `end_at` is in the seconds of `time.monotonic()`; `most_bytes` bounds each answer; `certificate` is a
    file of authorities to trust besides the machine's own. One connection for each server is kept open.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float,
        end_at: float = float("inf"),
        most_bytes: int = MAX_ANSWER_BYTES,
        certificate: str = "",
    ) -> None:
        self._certificate = certificate
        self._most_bytes = most_bytes
        self._timeout_seconds = timeout_seconds
        self._end_at = end_at
        self._kept: dict[tuple[str, str], HTTPConnection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, stack: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()

    def get(
        self, url: str, parameters: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        asked = f"{url}?{urlencode(parameters)}" if parameters else url
        return self._ask("GET", asked, headers=headers or {})

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return self._ask("POST", url, headers=headers, body=body)

    def _ask(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        place = _place(url)
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        request = _Request(method, target, {**_credentials(place), **headers}, body)
        with Deadline(min(self._timeout_seconds, self._end_at - time.monotonic())) as deadline:
            try:
                answer = self._answer(place, request, deadline)
            except (OSError, HTTPException, ValueError, BadAnswer) as error:
                self._forget(place)
                if isinstance(error, BadAnswer):
                    raise
                raise Unreachable(f"{shown(url)} {_reason(deadline, error)}") from error
        # It ends a body like its own end.
        if deadline.has_passed:
            raise Unreachable(f"{shown(url)} {_reason(deadline)}")
        return answer

    def _answer(self, place: SplitResult, request: "_Request", deadline: Deadline) -> Answer:
        if place[:2] in self._kept:
            # The server may have closed it meanwhile; then a new one is asked.
            try:
                return self._exchange(place, request, deadline)
            except (OSError, HTTPException):
                self._forget(place)
        self._kept[place[:2]] = _connection(place, self._certificate)
        return self._exchange(place, request, deadline)

    def _exchange(self, place: SplitResult, request: "_Request", deadline: Deadline) -> Answer:
        connection = self._kept[place[:2]]
        connection.timeout = deadline.seconds_left
        if connection.sock is None:
            connection.connect()
        deadline.watch(connection.sock)
        connection.sock.settimeout(deadline.seconds_left)
        connection.request(request.method, request.target, request.body, dict(request.headers))
        with connection.getresponse() as response:
            url = shown(place.geturl())
            return Answer(url, response.status, self._body(response, url), _date(response))

    def _body(self, response: HTTPResponse, url: str) -> bytes:
        body = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._most_bytes:
                raise BadAnswer(f"{url} answered with more than {self._most_bytes >> 20} MiB")
        return bytes(body)

    def _forget(self, place: SplitResult) -> None:
        connection = self._kept.pop(place[:2], None)
        if connection is not None:
            connection.close()


@dataclass(frozen=True)
class _Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


def _place(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        is_address = place.scheme in {"http", "https"} and bool(place.hostname) and place.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise Unreachable(f"{shown(url)} is no address to ask")
    return place


def _connection(place: SplitResult, certificate: str) -> HTTPConnection:
    host = place.hostname or ""
    if place.scheme != "https":
        return HTTPConnection(host, place.port)
    context = ssl.create_default_context()
    if certificate:
        context.load_verify_locations(certificate)
    return HTTPSConnection(host, place.port, context=context)


def _credentials(place: SplitResult) -> dict[str, str]:
    if place.username is None:
        return {}
    pair = f"{unquote(place.username)}:{unquote(place.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _reason(deadline: Deadline, error: Exception | None = None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "shows a certificate that nobody here trusts"
    is_late = deadline.has_passed or isinstance(error, TimeoutError)
    return "did not answer in time" if is_late else "does not answer"


def _date(response: HTTPResponse) -> float | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
