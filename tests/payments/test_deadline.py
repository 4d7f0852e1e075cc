"""One total time limit per call, wherever the time goes: name, connection, handshake, headers or body."""

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from payments import asking, provider
from payments.exchange import NoAnswer, TryAgain, time_limit
from tests.payments import slow_servers
from tests.payments.edge import Answer, Edge, approve, drip, hang, late, replayed
from tests.payments.making import REQUEST, make_attempt
from tests.payments.slow_servers import Talk, black_hole, talking

Found = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.4


@contextlib.contextmanager
def _ends_in_time(limit: float = 0.4) -> Iterator[pytest.ExceptionInfo[NoAnswer]]:
    started = time.monotonic()
    with pytest.raises(NoAnswer) as failure:
        yield failure
    assert limit - 0.1 < time.monotonic() - started < limit + 0.6


def _name_means(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Found]) -> None:
    """Make "provider.example" mean this, as the resolver outside of this program would say."""
    real = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:
        is_asked = host == "provider.example" and not options.get("flags")
        return ask() if is_asked else real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def _address(port: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))


@pytest.mark.parametrize(
    "script", [hang, drip(with_length=True), drip(with_length=False)], ids=["hang", "drip", "drip to the end"]
)
def test_an_answer_that_does_not_end_is_ended(edge: Edge, settings: Settings, script: Answer) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.4
    edge.script = [script]

    with _ends_in_time() as failure:
        provider.charge(REQUEST, until=time_limit())

    assert failure.value.may_have_charged


@pytest.mark.parametrize("talk", [slow_servers.headers, slow_servers.body])
def test_what_drips_is_ended(settings: Settings, talk: Talk) -> None:
    with talking(talk) as port, _ends_in_time() as failure:
        settings.PROVIDER_URL = f"http://127.0.0.1:{port}"
        provider.charge(REQUEST, until=time_limit())

    assert failure.value.may_have_charged


def test_a_handshake_that_drips_is_ended(settings: Settings) -> None:
    with talking(slow_servers.handshake) as port, _ends_in_time():
        settings.PROVIDER_URL = f"https://127.0.0.1:{port}"
        provider.charge(REQUEST, until=time_limit())


@pytest.mark.parametrize("talk", [slow_servers.headers, slow_servers.body])
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl (Debian package openssl)")
def test_what_drips_behind_a_handshake_is_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, talk: Talk
) -> None:
    # Time for a whole handshake on a busy machine. A connection reset just before it leaves Python's
    # `wrap_socket` with a socket that nobody closes.
    settings.PROVIDER_DEADLINE_SECONDS = 2
    certificate = tmp_path / "both.pem"
    slow_servers.make_certificate(certificate)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))

    with talking(slow_servers.over_tls(talk, certificate)) as port, _ends_in_time(2) as failure:
        settings.PROVIDER_URL = f"https://127.0.0.1:{port}"
        provider.charge(REQUEST, until=time_limit())

    assert failure.value.may_have_charged


def test_a_connection_nobody_accepts_is_given_up(settings: Settings) -> None:
    with black_hole() as port, _ends_in_time() as failure:
        settings.PROVIDER_URL = f"http://127.0.0.1:{port}"
        provider.charge(REQUEST, until=time_limit())

    assert not failure.value.may_have_charged


def test_many_dead_addresses_share_the_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROVIDER_URL = "http://provider.example"

    with black_hole() as port, _ends_in_time() as failure:
        _name_means(monkeypatch, lambda: [_address(port)] * 6)
        provider.charge(REQUEST, until=time_limit())

    assert not failure.value.may_have_charged


def test_dead_addresses_leave_time_for_a_living_one(
    edge: Edge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROVIDER_URL = "http://provider.example"
    settings.PROVIDER_DEADLINE_SECONDS = 1.0

    with black_hole() as port:
        _name_means(monkeypatch, lambda: [*[_address(port)] * 3, _address(edge.server_port)])

        assert provider.charge(REQUEST, until=time_limit()).is_approved


def test_a_name_nobody_resolves_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROVIDER_URL = "http://provider.example"
    is_over = threading.Event()

    def resolve() -> Found:
        is_over.wait(10)
        return []

    _name_means(monkeypatch, resolve)

    with _ends_in_time() as failure:
        provider.charge(REQUEST, until=time_limit())

    is_over.set()
    assert not failure.value.may_have_charged


def test_a_name_that_means_nothing_is_asked_for_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROVIDER_URL = "http://provider.example"

    def refuse() -> Found:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    _name_means(monkeypatch, refuse)

    with pytest.raises(TryAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert (type(failure.value), failure.value.may_have_charged) == (TryAgain, False)


def test_a_name_is_resolved(edge: Edge, settings: Settings) -> None:
    settings.PROVIDER_URL = f"http://localhost:{edge.server_port}"

    assert provider.charge(REQUEST, until=time_limit()).is_approved


@pytest.mark.django_db
def test_asking_and_looking_up_share_the_time(edge: Edge, settings: Settings) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 1.0
    edge.script, edge.lookups = [late(0.7, replayed(500))], [hang]

    started = time.monotonic()
    result = asking.ask(make_attempt())

    assert isinstance(result, NoAnswer)
    assert result.may_have_charged
    assert 0.9 < time.monotonic() - started < 1.5


def test_a_call_leaves_no_thread_and_no_timer_behind(edge: Edge) -> None:
    before = threading.active_count()
    edge.script = [approve]

    provider.charge(REQUEST, until=time_limit())

    waited_until = time.monotonic() + 1
    while threading.active_count() > before and time.monotonic() < waited_until:
        time.sleep(0.01)
    assert threading.active_count() == before
