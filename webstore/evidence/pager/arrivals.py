"""Requests that are still arriving: one that takes too long is shut, so that no sender holds a thread."""

import contextlib
import socket
import threading
import time

# From the connection to the last byte of the body.
ARRIVE_SECONDS = 2.0
_LOOK_SECONDS = 0.25


class Arrivals:
    def __init__(self) -> None:
        self._due: dict[socket.socket, float] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to watch; only after the last fork, which threads do not survive."""
        threading.Thread(target=self._watch, daemon=True).start()

    def expect(self, connection: socket.socket) -> None:
        with self._lock:
            self._due[connection] = time.monotonic() + ARRIVE_SECONDS

    def arrived(self, connection: socket.socket) -> None:
        with self._lock:
            self._due.pop(connection, None)

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                now = time.monotonic()
                for connection in [each for each, due in self._due.items() if due < now]:
                    del self._due[connection]
                    # Only its reading end: an answer may still say why.
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RD)


arrivals = Arrivals()
