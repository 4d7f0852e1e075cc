"""A chat's incoming webhook that records what it is sent, and answers as it is told."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import served


class Webhook(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: list[int] = []
        """What to answer, one after another; then 200."""
        self.silent_seconds = 0.0
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """Path and body of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/s3cret"

    @property
    def texts(self) -> list[str]:
        return [body["text"] for _path, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/json"
        self.server.requests.append((self.path, body))
        time.sleep(self.server.silent_seconds)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@contextmanager
def webhook() -> Iterator[Webhook]:
    with served(Webhook()) as server:
        yield server
