"""Bytes as they are, to a server's socket."""

import socket
from urllib.parse import urlsplit


def ask(server: str, sent: bytes) -> int:
    """Return the status of the first answer, 0 when the connection was closed without one."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        try:
            connection.sendall(sent)
            # Whoever waits for more shall know that there is none.
            connection.shutdown(socket.SHUT_WR)
            told = connection.recv(64)
        except OSError:  # it hung up while we were still speaking
            return 0
    return int(told.split()[1]) if told else 0


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request with these header lines and no others but Host."""
    lines = (line, "Host: 127.0.0.1", *headers)
    return "".join(f"{each}\r\n" for each in lines).encode("latin-1") + b"\r\n" + body
