"""A total time limit for one HTTP call.

It imports nothing of the shop: the read side, telemetry and the practice provider use it, too.

The read timeout of a socket starts anew with every byte: a server that drips answers
for ever. So a timer shuts the socket down, whatever the conversation is doing.
"""

import contextlib
import os
import socket
import threading
import time
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from webstore.dialling import dial

_current: ContextVar["Deadline"] = ContextVar("deadline")


class Deadline:
    """Ends every connection that is used inside its block when the time is up."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.has_passed = False
        self.was_connected = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _current.reset(self._token)
        with self._lock:
            for twin in self._sockets:
                twin.close()
            self._sockets.clear()

    @property
    def seconds_left(self) -> float:
        """Return what is left; TimeoutError when that is nothing."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def watch(self, connected: socket.socket) -> None:
        """End this connection, too, when the time is up."""
        # A duplicate, because TLS takes the original over and leaves it empty; its own sockets cannot `dup`.
        twin = socket.socket(fileno=os.dup(connected.fileno()))
        with self._lock:
            self.was_connected = True
            self._sockets.append(twin)
            if self.has_passed:
                _shut(twin)

    def _strike(self) -> None:
        with self._lock:
            self.has_passed = True
            for twin in self._sockets:
                _shut(twin)


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was quicker
        connected.shutdown(socket.SHUT_RDWR)


class _WatchedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _dialled(self)

    def request(self, *args: Any, **options: Any) -> None:
        _watch_kept(self)
        super().request(*args, **options)


class _WatchedHTTPSConnection(_WatchedHTTPConnection, HTTPSConnection):
    """Watched before the handshake, which may drip as well."""


def _watch_kept(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        _current.get().watch(connection.sock)


def _dialled(connection: HTTPConnection) -> socket.socket:
    deadline = _current.get()
    port = connection.port or connection.default_port
    options = connection.socket_options
    try:
        connected = dial(connection.host, port, until=deadline.until, options=options)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, f"no connection in time: {error}") from error
    except OSError as error:
        raise NewConnectionError(connection, f"no connection: {error}") from error
    deadline.watch(connected)
    return connected


class _WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


class WatchedAdapter(HTTPAdapter):
    """Gives the sockets of a session to the deadline of the block that uses them."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedHTTPPool, "https": _WatchedHTTPSPool}
