"""What the proxy does to a conversation with somebody who says everything back."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy

HOST = "127.0.0.1"


@pytest.fixture
def echo() -> Iterator[int]:
    """Return the port of a server that says everything back."""
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy((HOST, 0), (HOST, echo)) as running:
        yield running


def test_all_as_it_should_be(proxy: Proxy) -> None:
    sent = bytes(range(256)) * 2_000
    with _connected(proxy) as client:
        threading.Thread(target=client.sendall, args=(sent,)).start()

        assert _received(client, len(sent)) == sent


def test_end_is_handed_on(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        client.sendall(b"all")
        client.shutdown(socket.SHUT_WR)

        assert _received(client) == b"all"


def test_latency_holds_up_each_way(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(latency=0.2)

        assert 0.4 <= _seconds_of_echo(client) < 2


def test_latency_of_answers_alone(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(latency=1, ways=("back",))

        assert 1 <= _seconds_of_echo(client) < 2


def test_toxics_go_again(proxy: Proxy) -> None:
    with _connected(proxy) as client, proxy.spoiled(latency=1, ways=("back",)):
        assert _seconds_of_echo(client) >= 1
    with _connected(proxy) as client:
        assert _seconds_of_echo(client) < 1


def test_bandwidth_is_shared_out_over_time(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(bandwidth=1_000, ways=("back",))

        assert 0.5 <= _seconds_of_echo(client, length=500) < 2


def test_slices_with_latency_drip(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(slice=1, latency=0.1, ways=("back",))
        client.sendall(b"abc")
        first = client.recv(100)

        assert (first, _received(client, 2)) == (b"a", b"bc")


def test_down_refuses_and_cuts_off(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        _seconds_of_echo(client)
        proxy.toxics(down=True)

        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with pytest.raises(ConnectionRefusedError):
            _connected(proxy)


def test_up_again_listens_at_the_same_place(proxy: Proxy) -> None:
    address = proxy.address
    with proxy.spoiled(down=True):
        pass
    with _connected(proxy) as client:
        _seconds_of_echo(client)
    assert proxy.address == address


def test_timeout_lets_nothing_pass_and_closes(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(timeout=0.3)
        client.sendall(b"lost")

        assert _received(client) == b""


def test_what_was_held_passes_once_the_way_is_free(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(timeout=60)
        client.sendall(b"late")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.toxics()

        assert _received(client, 4) == b"late"


def test_reset_is_a_reset(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(reset=0.1)

        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_limit_cuts_an_answer_off(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(limit=3, ways=("back",))
        client.sendall(b"abcdef")

        assert _received(client) == b"abc"


def test_slow_close_tells_the_end_late(proxy: Proxy) -> None:
    with _connected(proxy) as client:
        proxy.toxics(slow_close=0.3, ways=("back",))
        client.shutdown(socket.SHUT_WR)
        began = time.monotonic()

        assert _received(client) == b""
        assert time.monotonic() - began >= 0.3


def test_target_that_is_away_cuts_off(proxy: Proxy) -> None:
    with Proxy((HOST, 0), (HOST, _nobody())) as lonely, _connected(lonely) as client:
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
        assert lonely.accepted == 1


def test_unix_sockets_too(echo: int, tmp_path: Path) -> None:
    address = tmp_path / "p.sock"
    with Proxy(address, (HOST, echo)) as proxy, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(address))
        _seconds_of_echo(client)
        proxy.toxics(down=True)

        assert _received(client) == b""
        with socket.socket(socket.AF_UNIX) as late, pytest.raises(ConnectionRefusedError):
            late.connect(str(address))


def _connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=10)


def _seconds_of_echo(client: socket.socket, *, length: int = 4) -> float:
    began = time.monotonic()
    client.sendall(b"x" * length)
    assert len(_received(client, length)) == length
    return time.monotonic() - began


def _received(client: socket.socket, length: int = 10**9) -> bytes:
    """Return so many bytes, or all there are before the end."""
    received = b""
    while len(received) < length and (piece := client.recv(length - len(received))):
        received += piece
    return received


def _nobody() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _serve(listener: socket.socket) -> None:
    with ExitStack() as clients, suppress(OSError):
        while True:
            client = clients.enter_context(listener.accept()[0])
            threading.Thread(target=_say_back, args=(client,), daemon=True).start()


def _say_back(client: socket.socket) -> None:
    with client, suppress(OSError):
        while piece := client.recv(65_536):
            client.sendall(piece)
