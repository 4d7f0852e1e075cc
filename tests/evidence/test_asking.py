"""One question by HTTP: bounded whatever the server does, and nothing secret is repeated."""

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest

from tests.evidence.wrong import nobody, server
from webstore.evidence.asking import Asker, Unreachable
from webstore.evidence.plain import plain, shown

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n\r\nok"


@contextmanager
def _speaking(*answers: bytes, drip_seconds: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """Answer each connection's first request with the next of `answers`; yield address and requests."""
    heard: list[bytes] = []
    with create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    heard.append(connection.recv(65_536))
                    for at in range(0, len(answer), 1 if drip_seconds else len(answer)):
                        try:
                            connection.sendall(answer[at : at + 1] if drip_seconds else answer)
                        except OSError:
                            break
                        time.sleep(drip_seconds)

        thread = threading.Thread(target=speak)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
        thread.join()


def test_dripping_headers_are_given_up_too() -> None:
    began = time.monotonic()
    with (
        _speaking(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60, drip_seconds=0.1) as (url, _),
        Asker(timeout_seconds=0.3) as asker,
    ):
        with pytest.raises(Unreachable, match="in time"):
            asker.get(url)
        # The drip alone would have taken 8 s.
        assert time.monotonic() - began < 5


def test_end_of_all_questions_ends_each() -> None:
    with (
        server(b"ok") as url,
        Asker(timeout_seconds=5, end_at=time.monotonic()) as asker,
        pytest.raises(Unreachable, match="in time"),
    ):
        asker.get(url)


def test_servers_clock_is_told() -> None:
    with _speaking(_OK) as (url, _), Asker(timeout_seconds=5) as asker:
        assert asker.get(url).at == 1_795_348_800


def test_connection_closed_meanwhile_is_made_anew() -> None:
    with _speaking(_OK, _OK) as (url, heard), Asker(timeout_seconds=5) as asker:
        assert [asker.get(url).body, asker.get(url).body] == [b"ok", b"ok"]

    assert len(heard) == 2


def test_password_in_the_address_is_sent_and_not_shown() -> None:
    with _speaking(_OK) as (url, heard), Asker(timeout_seconds=5) as asker:
        answer = asker.get(url.replace("http://", "http://mara:hush@"))

    assert b"Authorization: Basic bWFyYTpodXNo\r\n" in heard[0]
    assert answer.url == url


def test_silence_does_not_repeat_the_password() -> None:
    address = nobody()
    with Asker(timeout_seconds=5) as asker, pytest.raises(Unreachable, match=f"^{address} does not answer$"):
        asker.get(address.replace("http://", "http://mara:hush@"), {"key": "hush"})


@pytest.mark.parametrize(
    "wrong", ["", "host:8001", "ftp://host", "http://", "http://host:99999", "http://[::1", "http://h\n:1/"]
)
def test_what_is_no_address_is_told(wrong: str) -> None:
    with Asker(timeout_seconds=5) as asker, pytest.raises(Unreachable):
        asker.get(wrong)


def test_foreign_words_move_no_terminal() -> None:
    assert plain("a\x1b[2Jb\r\n\u202ec\u0000 d") == "a [2Jb c d"
    assert shown("https://u:p@host:1/a?token=x#y") == "https://host:1/a"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a key and a certificate for localhost that its own key signed, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt-get install openssl")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ("-keyout", str(file), "-out", str(file.with_suffix(".crt")), "-subj", "/CN=localhost")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *made)
    alias = ("-addext", "subjectAltName=DNS:localhost")
    subprocess.run([*command, *alias], check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


@contextmanager
def _tls_server(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with server(b"ok", tls=context) as url:
        yield url.replace("http://127.0.0.1", "https://localhost")


def test_own_authority_is_trusted_when_named(certificate: Path) -> None:
    with _tls_server(certificate) as url, Asker(timeout_seconds=5, certificate=str(certificate)) as asker:
        assert asker.get(url).body == b"ok"


def test_unknown_authority_is_told(certificate: Path) -> None:
    with (
        _tls_server(certificate) as url,
        Asker(timeout_seconds=5) as asker,
        pytest.raises(Unreachable, match="shows a certificate that nobody here trusts"),
    ):
        asker.get(url)


def test_authority_that_is_not_there_is_no_crash() -> None:
    with Asker(timeout_seconds=5, certificate="/missing") as asker, pytest.raises(Unreachable):
        asker.get("https://localhost:1")
