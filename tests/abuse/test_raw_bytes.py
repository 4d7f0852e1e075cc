"""Requests that are no HTTP, or not quite: refused or hung up on, and the shop goes on as before."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.abuse.raw import ask, request
from tests.sinks.programs import Programs

# With the cookie the form is read before it is refused.
FORM = ("Content-Type: application/x-www-form-urlencoded", f"Cookie: csrftoken={'a' * 32}")
CHUNKED = "Transfer-Encoding: chunked"
HUNG_UP = 0
# What a server says of a coding or a version that it does not speak.
NOT_SPOKEN = {501, 505}

LENGTHS = ("abc", "-1", "+5", "1e3", "0x5", "5 5", "5, 5", "²", "9", "1" * 5_000, "")
CHUNKS = (
    b"",
    b"zz\r\na",
    b"-5\r\na",
    b"5\r\na",
    b"f" * 90,
    b"5;x\r\na",
    b"5\na\n",
    b"0\r\n" + b"A: b\r\n" * 9,
)
CODINGS = ("xchunked", "chunked, identity", "chunked, chunked", "\x0bchunked", " ")
FIRST_LINES = (
    *("", "GET", "GET /cart", "GET /cart HTTP/0.9", "GET /cart HTTP/2.0", "PRI * HTTP/2.0", "\x16\x03\x01"),
    *("GET \x00 HTTP/1.1", "GET /ÿ HTTP/1.1", "GET cart HTTP/1.1", "GET http://[/ HTTP/1.1"),
    *("get /cart HTTP/1.1", "GET /%00 HTTP/1.1", "GET //[x HTTP/1.1", "OPTIONS * HTTP/1.1"),
    *(
        "GET /static/%2e%2e/settings.py HTTP/1.1",
        "GET /static/%00 HTTP/1.1",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2",
    ),
    f"GET /{'a' * 99_999} HTTP/1.1",
)
HEADERS = (
    *("no colon", ": x", "a b: c", " folded: x", "X: a\x00b", "Length : 5", "Expect: x", "Host: x"),
    *("Content-Type: a; charset=hex", "Content-Type: a; b*=no''x", "X: " + "a" * 99_999),
    "\r\n".join(f"X-{number}: 1" for number in range(500)),
)
TOKENS = st.sampled_from(
    [
        *(b"GET ", b"POST ", b"/cart", b"/checkout", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\r\n\r\n", b"\n"),
        *(b"Host: 127.0.0.1\r\n", b"Content-Length: ", b"5", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        *(b"Cookie: ", b"Content-Type: ", b"; charset=", b":", b" ", b"\x00", b"\xff", b"%", b"A" * 9_000),
    ]
)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _as_before(shop: Programs) -> Iterator[None]:
    """Fail a test after which the shop has other orders, has logged an error, or is gone."""
    before, said = _rows(shop), len(shop.log("web"))
    yield
    assert requests.get(f"{shop.shop}/readyz", timeout=10).status_code == 200
    assert _rows(shop) == before
    lines = shop.log("web")[said:].splitlines()
    assert [line for line in lines if "Traceback" in line or " ERROR " in line] == []


def _rows(shop: Programs) -> list[tuple[object, ...]]:
    counts = "SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM payments_paymentattempt)"
    with closing(sqlite3.connect(shop.places.data / "shop.sqlite3")) as db:
        return db.execute(counts).fetchall()


def _is_refused(status: int) -> bool:
    return status == HUNG_UP or 400 <= status < 500 or status in NOT_SPOKEN


@pytest.mark.parametrize("length", LENGTHS)
def test_wrong_lengths_are_refused(shop: Programs, length: str) -> None:
    sent = request("POST /checkout HTTP/1.1", *FORM, f"Content-Length: {length}", body=b"a=b&c")

    assert _is_refused(ask(shop.shop, sent))


@pytest.mark.parametrize("other", ["Content-Length: 6", CHUNKED])
def test_two_lengths_are_refused(shop: Programs, other: str) -> None:
    sent = request("POST /checkout HTTP/1.1", *FORM, "Content-Length: 5", other, body=b"0\r\n\r\n")

    assert ask(shop.shop, sent) == 400


@pytest.mark.parametrize("body", CHUNKS)
def test_broken_chunks_are_refused(shop: Programs, body: bytes) -> None:
    assert _is_refused(ask(shop.shop, request("POST /checkout HTTP/1.1", *FORM, CHUNKED, body=body)))


@pytest.mark.parametrize("coding", CODINGS)
def test_unknown_codings_are_refused(shop: Programs, coding: str) -> None:
    assert _is_refused(ask(shop.shop, request("POST /checkout HTTP/1.1", f"Transfer-Encoding: {coding}")))


@pytest.mark.parametrize("line", FIRST_LINES, ids=lambda line: line[:30])
def test_wrong_first_lines_are_refused(shop: Programs, line: str) -> None:
    assert _is_refused(ask(shop.shop, request(line)))


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[:30])
def test_wrong_headers_are_refused(shop: Programs, header: str) -> None:
    assert _is_refused(ask(shop.shop, request("GET /cart HTTP/1.1", header)))


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER", "X_FORWARDED_PROTO"])
def test_headers_named_like_a_servers_own_words_mean_nothing(shop: Programs, name: str) -> None:
    assert ask(shop.shop, request("GET /cart HTTP/1.1", f"{name}: /elsewhere")) == 200


@FUZZ
@given(sent=st.one_of(st.lists(TOKENS, max_size=12).map(b"".join), st.binary(max_size=300)))
def test_any_bytes_are_answered_or_hung_up_on(shop: Programs, sent: bytes) -> None:
    status = ask(shop.shop, sent)

    assert status in {100, 200, 302} or _is_refused(status)
