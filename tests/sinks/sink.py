"""A telemetry sink as a program of its own: it keeps what it takes, and fails on command.

Usage: python -m tests.sinks.sink <control port> <OTLP port>
"""

import gzip
import json
import sys
import threading
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.sinks.book import Book

SLOW_SECONDS = 5.0


class Mode(StrEnum):
    HEALTHY = "healthy"
    REFUSES = "refuses"
    SLOW = "slow"
    SILENT = "silent"
    UNAVAILABLE = "unavailable"
    WRONG = "wrong"


_STATUS = {Mode.UNAVAILABLE: 503, Mode.WRONG: 400}


class Door(ThreadingHTTPServer):
    """The OTLP port. While the sink refuses, it does not exist."""

    daemon_threads = True
    request_queue_size = 64
    block_on_close = False

    def __init__(self, port: int, house: "House") -> None:
        super().__init__(("127.0.0.1", port), _Receiver)
        self.house = house


class House:
    """The sink's mode and its book, and the port that opens and closes with the mode."""

    def __init__(self, port: int) -> None:
        self.book = Book()
        self.mode = Mode.HEALTHY
        self.mode_ended = threading.Event()
        self._port = port
        self._door: Door | None = None
        self._open()

    def switch(self, mode: Mode) -> None:
        """Change the mode; whoever waits for an answer loses the connection."""
        self.mode = mode
        ended, self.mode_ended = self.mode_ended, threading.Event()
        ended.set()
        if mode is Mode.REFUSES:
            self._close()
        elif self._door is None:
            self._open()

    def _open(self) -> None:
        self._door = Door(self._port, self)
        threading.Thread(target=self._door.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        if self._door is not None:
            self._door.shutdown()
            self._door.server_close()
            self._door = None


class _Receiver(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"
    # Else each answer waits for the acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        house = self.server.house
        mode, ended = house.mode, house.mode_ended
        if mode is Mode.REFUSES or (mode is Mode.SILENT and ended.wait()):
            self.close_connection = True
            return
        if mode is Mode.SLOW:
            ended.wait(SLOW_SECONDS)
        if mode in {Mode.HEALTHY, Mode.SLOW}:
            house.book.write(self.path, gzip.decompress(body))
        try:
            self._answer(_STATUS.get(mode, 200))
        except OSError:  # it did not wait for the answer
            self.close_connection = True

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class _Control(BaseHTTPRequestHandler):
    house: House

    def do_GET(self) -> None:
        bodies = self.house.book.bodies
        self._send(b"\0".join(bodies) if self.path == "/bodies" else self.house.book.as_json())

    def do_POST(self) -> None:
        mode = self.path.removeprefix("/")
        self.house.switch(Mode(mode))
        self._send(json.dumps(mode).encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def main(control_port: int, otlp_port: int) -> None:
    _Control.house = House(otlp_port)
    with ThreadingHTTPServer(("127.0.0.1", control_port), _Control) as control:
        control.serve_forever()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main(int(sys.argv[1]), int(sys.argv[2]))
