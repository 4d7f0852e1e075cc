"""A sink whose answer comes byte by byte is given up like a silent one, when the time is up."""

import socket
import threading
import time

import pytest

from tests.payments import slow_servers
from tests.payments.slow_servers import Talk, talking
from webstore.telemetry.sink import NotTaken, SinkSession

TIMEOUT_SECONDS = 0.4


def _is_given_up(session: SinkSession, url: str) -> bool:
    began = time.monotonic()
    with pytest.raises(NotTaken):
        session.post(url, b"spans", timeout=TIMEOUT_SECONDS)
    return 0.3 < time.monotonic() - began < 1.0


def _answered_once(caller: socket.socket, is_over: threading.Event) -> None:
    caller.recv(4096)
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    slow_servers.headers(caller, is_over)


@pytest.mark.parametrize("talk", [slow_servers.headers, slow_servers.body])
def test_dripping_answer_is_ended(talk: Talk) -> None:
    with talking(talk) as port, SinkSession() as session:
        assert _is_given_up(session, f"http://127.0.0.1:{port}/v1/traces")
        assert not session.is_refused


def test_dripping_handshake_is_ended() -> None:
    with talking(slow_servers.handshake) as port, SinkSession() as session:
        assert _is_given_up(session, f"https://127.0.0.1:{port}/v1/traces")


def test_dripping_answer_over_a_kept_connection_is_ended() -> None:
    with talking(_answered_once) as port, SinkSession() as session:
        url = f"http://127.0.0.1:{port}/v1/traces"
        assert session.post(url, b"spans", timeout=TIMEOUT_SECONDS).status_code == 200

        assert _is_given_up(session, url)
