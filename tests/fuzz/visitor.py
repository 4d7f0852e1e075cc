"""A visitor who can send the shop anything a server would hand on: bytes in, bytes out, cookies kept."""

import io
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from django.core.servers.basehttp import get_internal_wsgi_application

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"
_ERROR_PAGE = re.compile(r"<title>(Error: |This page is not here).*<h1", re.DOTALL)
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def is_error_page(self) -> bool:
        """Return whether the page says that something is wrong, and what."""
        return _ERROR_PAGE.search(self.text) is not None

    def hidden(self) -> dict[str, str]:
        """Return the page's hidden fields."""
        return dict(_HIDDEN.findall(self.text))


@dataclass
class Visitor:
    """Asks the very application that gunicorn serves, with all that stands around it."""

    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **environ: str) -> Answer:
        return self.ask("GET", target, b"", **environ)

    def post(self, target: str, fields: Fields, content_type: str = FORM) -> Answer:
        """Send a form in one of the two `ENCODINGS`."""
        return self.ask("POST", target, ENCODINGS[content_type](fields), CONTENT_TYPE=content_type)

    def ask(self, method: str, target: str, body: bytes = b"", **environ: str) -> Answer:
        """Return the answer; `environ` is laid over what a server would say of such a request."""
        said: list[tuple[str, list[tuple[str, str]]]] = []
        path, _, query = target.partition("?")
        asked: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **environ,
        }

        def start_response(
            status: str, headers: list[tuple[str, str]], *_: object
        ) -> Callable[[bytes], None]:
            said.append((status, headers))
            return lambda _: None

        chunks = get_internal_wsgi_application()(asked, start_response)
        text = b"".join(chunks).decode()
        if hasattr(chunks, "close"):
            chunks.close()
        [(status, headers)] = said
        self._keep_cookies(headers)
        return Answer(int(status.split()[0]), dict(headers), text)

    def _keep_cookies(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name == "Set-Cookie":
                self.cookies |= {key: morsel.coded_value for key, morsel in SimpleCookie(value).items()}


def urlencoded(fields: Fields) -> bytes:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items()).encode()


def multipart(fields: Fields) -> bytes:
    """Return a body for `MULTIPART`."""
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (_bytes(name), _bytes(value))
        for name, value in fields.items()
    ]
    return b"".join([*parts, b"--edge--\r\n"])


ENCODINGS = {FORM: urlencoded, MULTIPART: multipart}


def quoted(text: str) -> str:
    return quote_plus(_bytes(text))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
