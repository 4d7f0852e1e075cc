"""The connection to one caller, for faults that no answer can express."""

import socket
from typing import Protocol

from payments.sandbox.answers import Answer
from payments.sandbox.patience import patience


class Connection(Protocol):
    def cut(self) -> None:
        """Close it without a byte."""

    def drip(self, answer: Answer, *, seconds: float) -> None:
        """Send the answer one byte after the other, so many seconds apart, and close."""


class NoConnection:
    """For callers inside the process: they hear what is returned."""

    def cut(self) -> None:
        pass

    def drip(self, answer: Answer, *, seconds: float) -> None:
        pass


class SocketConnection:
    """What the server writes afterwards goes nowhere: it takes a closed socket for a caller who left."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def cut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the caller was faster

    def drip(self, answer: Answer, *, seconds: float) -> None:
        try:
            for byte in answer.as_bytes():
                self._socket.sendall(bytes([byte]))
                patience.wait(seconds)
        except OSError:
            return  # the caller has had enough
        finally:
            self.cut()
