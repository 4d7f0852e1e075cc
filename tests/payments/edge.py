"""A payment provider of a few lines: it answers as told, over a real socket."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    payload: dict[str, Any]


Answer = Callable[["Handler", Asked], None]


class Handler(BaseHTTPRequestHandler):
    server: "Edge"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = Asked(self.path, dict(self.headers), json.loads(body))
        answer = self.server.note(asked)
        try:
            answer(self, asked)
        except OSError:
            self.close_connection = True  # the caller has gone: that is what some tests are about

    def do_GET(self) -> None:
        self.server.looked_up.append(self.path)
        answer = self.server.lookups.pop(0) if self.server.lookups else listing()
        answer(self, Asked(self.path, dict(self.headers), {}))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Edge(ThreadingHTTPServer):
    """Gives the scripted answers in turn, and approves when none is left."""

    # Threads that hang on purpose are let go before the server closes.
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.script: list[Answer] = []
        self.looked_up: list[str] = []
        self.lookups: list[Answer] = []
        self.let_go = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def keys(self) -> list[str]:
        return [asked.headers["Idempotency-Key"] for asked in self.asked]

    def note(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            return self.script.pop(0) if self.script else approve


def approve(handler: Handler, asked: Asked) -> None:
    told = _refunded(asked) if asked.path == "/v1/refunds" else _succeeded(asked)
    answer(200, told)(handler, asked)


def approve_other(**changes: object) -> Answer:
    """Approve, but tell of another charge than the one asked for."""
    return lambda handler, asked: answer(200, _succeeded(asked) | changes)(handler, asked)


def decline(handler: Handler, asked: Asked) -> None:
    error = {"type": "card_error", "code": "card_declined", "message": "No.", "charge": "ch_no"}
    answer(402, {"error": error})(handler, asked)


def answer(status: int, payload: object, **headers: str) -> Answer:
    """Answer with JSON; `Retry_After="3"` becomes the header Retry-After."""
    return answer_bytes(status, json.dumps(payload).encode(), **headers)


def answer_bytes(status: int, body: bytes, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent["Content-Length"] = str(len(body))
    return lambda handler, _: handler.send(status, body, sent)


def listing(*charges: dict[str, object], running: bool = False) -> Answer:
    """Answer a look-up with these charges."""
    return answer(200, {"object": "list", "data": list(charges), "has_more": False, "running": running})


def replayed(status: int) -> Answer:
    """Answer as a provider whose first answer to the key was this failure."""
    return answer(status, {"error": {"type": "api_error"}}, Idempotent_Replayed="true")


def hang(handler: Handler, _: Asked) -> None:
    handler.server.let_go.wait(10)


def late(seconds: float, answer: Answer) -> Answer:
    """Give the answer after so long."""

    def run(handler: Handler, asked: Asked) -> None:
        handler.server.let_go.wait(seconds)
        answer(handler, asked)

    return run


def drip(*, with_length: bool) -> Answer:
    """Send a byte of a correct answer every 0.05 s."""

    def run(handler: Handler, asked: Asked) -> None:
        body = json.dumps(_succeeded(asked)).encode()
        handler.send(200, b"", {"Content-Length": str(len(body))} if with_length else {})
        for byte in body:
            handler.wfile.write(bytes([byte]))
            if handler.server.let_go.wait(0.05):
                return

    return run


def hang_up(handler: Handler, _: Asked) -> None:
    handler.close_connection = True


def _succeeded(asked: Asked) -> dict[str, object]:
    kept = {key: asked.payload[key] for key in ("amount", "currency", "reference")}
    return {"id": "ch_yes", "object": "charge", "status": "succeeded", "created": 1_790_000_000, **kept}


def _refunded(asked: Asked) -> dict[str, object]:
    kept = {key: asked.payload[key] for key in ("charge", "amount", "reference")}
    return {"id": "re_yes", "object": "refund", "status": "succeeded", "currency": "usd", **kept}
