"""A total time limit for one conversation over a socket."""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType


class Alarm:
    """Shuts the watched socket when the time is up: a dripping server resets every other timeout."""

    def __init__(self, seconds: float) -> None:
        self._end_at = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, seconds), self._strike)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: object, stack: TracebackType | None) -> None:
        self._timer.cancel()

    @property
    def has_passed(self) -> bool:
        return time.monotonic() >= self._end_at

    @property
    def seconds_left(self) -> float:
        """Return what is left; TimeoutError when that is nothing."""
        left = self._end_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def watch(self, connected: socket.socket) -> None:
        self._socket = connected
        connected.settimeout(self.seconds_left)

    def _strike(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # the other side was quicker
                self._socket.shutdown(socket.SHUT_RDWR)
