"""Servers that speak, but never come to an end: each drips one byte every 0.05 s over a real socket."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_PACE_SECONDS = 0.05

Talk = Callable[[socket.socket, threading.Event], None]


@contextlib.contextmanager
def talking(talk: Talk) -> Iterator[int]:
    """Give the port of a server that says this to everybody, until the block ends."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, talk, is_over))
        thread.start()
        yield listening.getsockname()[1]
        is_over.set()
        # Closing a socket does not wake up who accepts at it.
        socket.create_connection(listening.getsockname()).close()
        thread.join()


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """Give a port where nobody accepts: its backlog is full, and who comes hears nothing."""
    with socket.socket() as listening, socket.socket() as first:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        first.connect(listening.getsockname())
        yield listening.getsockname()[1]


def _serve(listening: socket.socket, talk: Talk, is_over: threading.Event) -> None:
    while not is_over.is_set():
        caller, _ = listening.accept()
        with caller, contextlib.suppress(OSError):  # the caller hangs up: that is what the tests are about
            talk(caller, is_over)


def drip(sent: socket.socket, said: bytes, is_over: threading.Event) -> None:
    for byte in said:
        if is_over.wait(_PACE_SECONDS):
            return
        sent.sendall(bytes([byte]))


def handshake(caller: socket.socket, is_over: threading.Event) -> None:
    """Begin a TLS record of 16 KiB, whose bytes come one by one."""
    caller.recv(4096)
    drip(caller, b"\x16\x03\x03\x40\x00\x02" + bytes(16_000), is_over)


def headers(caller: socket.socket, is_over: threading.Event) -> None:
    caller.recv(4096)
    drip(caller, b"HTTP/1.1 200 OK\r\n" + b"X-Patience: a virtue\r\n" * 1_000, is_over)


def body(caller: socket.socket, is_over: threading.Event) -> None:
    caller.recv(4096)
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n")
    drip(caller, b" " * 20_000, is_over)


def over_tls(talk: Talk, certificate: Path) -> Talk:
    """Say it behind a whole handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def run(caller: socket.socket, is_over: threading.Event) -> None:
        with context.wrap_socket(caller, server_side=True) as wrapped:
            talk(wrapped, is_over)

    return run


def make_certificate(path: Path) -> None:
    """Write a key and a certificate for 127.0.0.1 that vouches for itself."""
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*made, *subject, "-keyout", path, "-out", path.with_suffix(".crt")], check=True)
    with path.open("ab") as both:
        both.write(path.with_suffix(".crt").read_bytes())
