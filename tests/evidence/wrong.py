"""Servers that answer, but not as the read API does."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

from tests.serving import served


@contextmanager
def server(
    body: bytes,
    *,
    status: int = 200,
    drip_seconds: float = 0.0,
    first: bytes = b"",
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """Answer everything with `body`, a byte at a time if it drips; yield the address.

    `first`, if there is any, is the answer to the first question alone.
    """
    once = [first] if first else []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            told = once.pop() if once else body
            for at in range(0, len(told), 1 if drip_seconds else max(1, len(told))):
                try:
                    self.wfile.write(told[at : at + 1] if drip_seconds else told)
                except OSError:
                    return
                time.sleep(drip_seconds)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            return

    with _serving(Handler, tls) as url:
        yield url


@contextmanager
def dated_server(at: float) -> Iterator[str]:
    """Answer everything with an empty trace, by a clock of its own; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"trace":{}}')

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
            return super().date_time_string(int(at))

        def log_message(self, *_args: object) -> None:
            return

    with _serving(Handler) as url:
        yield url


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections and say nothing."""
    with create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def nobody() -> str:
    """Return an address where nobody listens."""
    with silent_server() as address:
        return address


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        # The handshake belongs to each connection's own thread.
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True, do_handshake_on_connect=False)
    with served(httpd):
        yield f"http://127.0.0.1:{httpd.server_port}"
