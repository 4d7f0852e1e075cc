"""A shop on a free port that hears events, and answers each as it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.serving import served

SECRET = "whsec_test"


@dataclass(frozen=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes


class Shop(ThreadingHTTPServer):
    """Answers with the statuses of `answers` one after the other, then 200."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.heard: list[Heard] = []
        self.answers: list[int] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/payments"

    @property
    def environment(self) -> dict[str, str]:
        return {"SANDBOX_WEBHOOK_URL": self.url, "PROVIDER_WEBHOOK_SECRETS": SECRET}


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(Heard(self.path, dict(self.headers.items()), body))
        self.server.may_answer.wait(20)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def running_shop(port: int = 0) -> Iterator[Shop]:
    with served(Shop(port)) as shop:
        try:
            yield shop
        finally:
            shop.may_answer.set()
