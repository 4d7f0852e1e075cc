"""Listening in: what the provider is asked, and what goes over the broker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis
import requests

from tests.serving import served


class Listener(ThreadingHTTPServer):
    """Stands before the provider, writes every request down, and hands it on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.provider = ""
        self.heard: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(f"{self.path} {self.headers}".encode() + body)
        handed = {name: value for name, value in self.headers.items() if name != "Host"}
        answer = requests.post(self.server.provider + self.path, body, headers=handed, timeout=20)
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def listening() -> Iterator[Listener]:
    with served(Listener()) as listener:
        yield listener


@contextmanager
def monitored(broker_socket: Path) -> Iterator[list[str]]:
    """Return a list that every command the broker gets is written into."""
    client = redis.Redis(unix_socket_path=str(broker_socket))
    heard: list[str] = []
    ended = threading.Event()

    def listen() -> None:
        with client.monitor() as monitor:  # type: ignore[no-untyped-call]
            for command in monitor.listen():
                heard.append(str(command["command"]))
                if ended.is_set():
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        ended.set()
        client.ping()
        thread.join(5)
        client.close()
