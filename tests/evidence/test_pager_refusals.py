"""What is no notification is refused in the 4xx; it costs little, and the pager goes on."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.evidence.pager_process import PagerProcess, alert, notification, running_pager
from webstore.evidence.pager.arrivals import ARRIVE_SECONDS
from webstore.evidence.pager.inbound import MOST_BYTES

FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = {"Content-Type": "application/json"}
VALID = json.dumps(notification(alert())).encode()
HEAD = b"POST /alerts HTTP/1.1\r\nHost: pager\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def pager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagerProcess]:
    with running_pager(tmp_path_factory.mktemp("pager")) as running:
        yield running


@pytest.fixture(autouse=True)
def _stays_alive(pager: PagerProcess) -> Iterator[None]:
    before = pager.worker_pid
    yield
    assert pager.answers()
    assert pager.worker_pid == before


def _post(pager: PagerProcess, body: bytes, headers: dict[str, str] = JSON, **more: Any) -> int:
    return requests.post(f"{pager.url}/alerts", body, headers=headers, timeout=20, **more).status_code


def _raw(pager: PagerProcess, *parts: bytes) -> str:
    """Return the status line that comes back for bytes sent as they are."""
    with closing(socket.create_connection(("127.0.0.1", pager.port), timeout=20)) as connection:
        for part in parts:
            connection.sendall(part)
        return connection.makefile("rb").readline().decode().strip()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/alerts", 405),
        ("DELETE", "/alerts", 405),
        ("POST", "/healthz", 405),
        ("GET", "/", 404),
        ("POST", "/alerts/", 404),
        ("GET", "/../etc/passwd", 404),
        ("HEAD", "/healthz", 200),
    ],
)
def test_there_is_nothing_but_the_two_paths(pager: PagerProcess, method: str, path: str, status: int) -> None:
    assert requests.request(method, f"{pager.url}{path}", timeout=10).status_code == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_what_a_strangers_page_could_send_is_refused(pager: PagerProcess, kind: str) -> None:
    assert _post(pager, VALID, {"Content-Type": kind}) == 415


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_browser_is_refused(pager: PagerProcess, header: str) -> None:
    assert _post(pager, VALID, {**JSON, header: "same-origin"}) == 403


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO"])
def test_headers_named_like_a_servers_own_words_mean_nothing(pager: PagerProcess, name: str) -> None:
    assert _post(pager, VALID, {**JSON, name: "/elsewhere"}) == 200


def test_a_packed_body_is_refused(pager: PagerProcess) -> None:
    assert _post(pager, VALID, {**JSON, "Content-Encoding": "gzip"}) == 415


def test_a_huge_body_is_refused_unread(pager: PagerProcess) -> None:
    assert _raw(pager, HEAD + b"Content-Length: 9999999999\r\n\r\n").startswith("HTTP/1.1 413")


def test_a_huge_body_in_chunks_is_refused(pager: PagerProcess) -> None:
    chunks = (b" " * 65_536 for _ in range(MOST_BYTES // 65_536 + 1))

    assert requests.post(f"{pager.url}/alerts", chunks, headers=JSON, timeout=20).status_code == 413


def test_a_body_in_chunks_is_taken(pager: PagerProcess) -> None:
    answer = requests.post(f"{pager.url}/alerts", iter([VALID[:9], VALID[9:]]), headers=JSON, timeout=20)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: many\r\n\r\n{}",
        HEAD + b"Content-Length: -1\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_broken_http_is_refused(pager: PagerProcess, sent: bytes) -> None:
    assert _raw(pager, sent).split(" ")[1][0] == "4"


def test_a_body_that_ends_early_is_refused(pager: PagerProcess) -> None:
    with closing(socket.create_connection(("127.0.0.1", pager.port), timeout=20)) as connection:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)

        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "document",
    [
        [],
        7,
        {},
        notification(),
        notification(alert(), version="3"),
        notification(alert(), status="odd"),
        notification(alert(), alerts={}),
        notification(alert(), alerts=[1]),
        notification(alert(), alerts=[alert()] * 1_001),
        notification(alert(), groupKey=7),
        notification(alert(), truncatedAlerts="1"),
        notification({**alert(), "labels": {"alertname": 7}}),
        notification({**alert(), "annotations": []}, alerts=[{**alert(), "annotations": ["a"]}]),
    ],
)
def test_what_is_no_notification_is_refused(pager: PagerProcess, document: object) -> None:
    assert pager.post(document).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b"9" * 10_000, b'{"a":' * 50_000, b"nul"]
)
def test_what_is_no_json_is_refused(pager: PagerProcess, body: bytes) -> None:
    assert _post(pager, body) == 400


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(pager: PagerProcess, body: bytes) -> None:
    assert _post(pager, body) == 400


@FUZZ
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
def test_a_damaged_notification_is_answered(pager: PagerProcess, place: int, damage: bytes) -> None:
    body = bytearray(VALID)
    place %= len(body)
    body[place : place + len(damage)] = damage

    assert _post(pager, bytes(body)) in {200, 400}


TEXTS = st.text(max_size=20) | st.sampled_from(["\ud800", "firing", "4", "<!channel>", "\x00", "0" * 5_000])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*notification(alert())])
ALERT_FIELDS = st.sampled_from([*alert()])


@FUZZ
@given(st.dictionaries(FIELDS, VALUES, max_size=3), st.dictionaries(ALERT_FIELDS, VALUES, max_size=3))
def test_any_fields_are_answered(pager: PagerProcess, outer: dict[str, Any], inner: dict[str, Any]) -> None:
    document = {**notification(alert()), "alerts": [{**alert(), **inner}], **outer}

    assert _post(pager, json.dumps(document).encode()) in {200, 400}


@FUZZ
@given(st.dictionaries(TEXTS, TEXTS, max_size=5), st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_any_texts_are_taken(pager: PagerProcess, labels: dict[str, str], notes: dict[str, str]) -> None:
    document = notification(alert(), alerts=[{**alert(), "labels": labels, "annotations": notes}])

    assert _post(pager, json.dumps(document).encode()) == 200


@pytest.mark.parametrize("began", [b"", b"POST /al", HEAD + b"Content-Length: 99\r\n\r\n{"])
def test_slow_senders_hold_nobody_up(pager: PagerProcess, began: bytes) -> None:
    with ExitStack() as opened:
        for _ in range(150):
            slow = socket.create_connection(("127.0.0.1", pager.port), timeout=20)
            opened.enter_context(closing(slow)).sendall(began)
        started = time.monotonic()

        assert pager.send(alert()).status_code == 200
        # Three rounds of its threads, and a busy machine.
        assert time.monotonic() - started < 3 * (ARRIVE_SECONDS + 1) + 5


def test_senders_that_do_not_hang_up_hold_nobody_up(pager: PagerProcess) -> None:
    with ExitStack() as opened:
        for _ in range(20):
            idle = socket.create_connection(("127.0.0.1", pager.port), timeout=20)
            opened.enter_context(closing(idle)).sendall(b"GET /healthz HTTP/1.1\r\nHost: pager\r\n\r\n")
        started = time.monotonic()

        assert pager.send(alert()).status_code == 200
        assert time.monotonic() - started < 10


def test_a_sender_that_drips_is_cut_off(pager: PagerProcess) -> None:
    with closing(socket.create_connection(("127.0.0.1", pager.port), timeout=20)) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        started = time.monotonic()
        while not select.select([connection], [], [], 0.2)[0]:
            connection.sendall(b" ")

        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400")
    assert time.monotonic() - started < ARRIVE_SECONDS + 4


def test_only_who_shows_the_token_is_heard(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("öpen sesame\n")
    with running_pager(tmp_path, PAGER_TOKEN_FILE=str(tmp_path / "token")) as guarded:
        shown = ["", "Bearer ", "Bearer open sesame", "Basic öpen sesame", "Bearer öpen sesame"]
        answers = [
            guarded.post(notification(alert()), headers={"Authorization": each.encode()}) for each in shown
        ]

        assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 200]
        assert answers[0].headers["WWW-Authenticate"] == "Bearer"
        assert "sesame" not in guarded.log


def test_a_refusal_is_logged_without_what_was_sent(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("open sesame\n")
    with running_pager(tmp_path, PAGER_TOKEN_FILE=str(tmp_path / "token")) as guarded:
        guarded.post({"secret": 1}, headers={"Authorization": "Bearer secret"})
        guarded.post({"secret": 1}, headers={"Authorization": "Bearer open sesame"})
        requests.get(f"{guarded.url}/secret", timeout=10)

        warned = [line.partition("WARNING ")[2] for line in guarded.log.splitlines() if "refused" in line]
        assert warned == [
            "webstore.evidence.pager.wsgi refused 401: show the token",
            'webstore.evidence.pager.wsgi refused 400: this takes version "4" of Alertmanager\'s webhook',
        ]
        assert "secret" not in guarded.log
