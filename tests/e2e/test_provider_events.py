"""The provider tells by itself: the real one sends, the real web program takes it."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from payments.webhooks import signatures
from tests.e2e.buying import buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo
from tests.faults.provider import Provider
from tests.payments.telling import PATH, event_of, signature

ATTEMPT = """
SELECT state, tries FROM payments_paymentattempt AS attempt
JOIN orders_order AS bought ON bought.id = attempt.order_id WHERE bought.number = ?
"""


@pytest.fixture
def provider(demo: Demo) -> Iterator[Provider]:
    switches = Provider(demo.places.url(demo.places.provider_port, ""))
    yield switches
    switches.reset()


def test_an_event_ends_the_wait_for_a_lost_answer(demo: Demo, provider: Provider) -> None:
    """Charged at the first try, told not to ask for two minutes at the second, paid after the event."""
    late = {"delay_seconds": [8, 8], "shuffle": False}
    provider.switch("lose_answer", count=1, webhooks=late)
    order = buy(demo)
    assert eventually(lambda: demo.ledger(order.number)) == [("succeeded", order.total_minor)]
    charged_at = time.monotonic()
    provider.switch("rate_limit", retry_after=120)
    eventually(lambda: demo.rows(ATTEMPT, order.number) == [("unknown", 2)])
    provider.reset()

    assert demo.shopper().wait(order.path, seconds=20) == "Paid"
    assert time.monotonic() - charged_at < 15
    assert demo.ledger(order.number) == [("succeeded", order.total_minor)]


def test_every_charge_is_told_and_known(demo: Demo) -> None:
    order = buy(demo)
    demo.shopper().wait(order.path, seconds=30)

    told = "SELECT type, state, outcome FROM payments_providerevent WHERE reference = ?"
    known = [("charge.succeeded", "done", "known")]
    assert eventually(lambda: demo.rows(told, order.number) == known, seconds=20)


def _answer(demo: Demo, head: list[str], *body: bytes) -> int:
    """Send a request as it stands; return the status of the answer."""
    lines = [f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *head, "", ""]
    with socket.create_connection(("127.0.0.1", demo.places.web_port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        for part in body:
            connection.sendall(part)
        return int(connection.recv(4096).split(b" ")[1])


def _signed(body: bytes) -> str:
    return f"{signatures.HEADER}: {signature(body)}"


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


BODY = json.dumps(event_of("charge.failed", {"id": "ch_no"})).encode()
CHUNKED = "Transfer-Encoding: chunked"


def test_an_event_may_come_in_chunks(demo: Demo) -> None:
    assert _answer(demo, [CHUNKED, _signed(BODY)], _chunk(BODY[:9]), _chunk(BODY[9:]), b"0\r\n\r\n") == 200


def test_chunks_without_end_are_refused_at_64_kib(demo: Demo) -> None:
    endless = [_chunk(b" " * 16_384)] * 5

    assert _answer(demo, [CHUNKED, _signed(BODY)], *endless) == 413


def test_a_length_above_64_kib_is_refused_before_the_body(demo: Demo) -> None:
    assert _answer(demo, ["Content-Length: 1048576", _signed(BODY)]) == 413


def test_a_mebibyte_is_refused(demo: Demo) -> None:
    assert _answer(demo, ["Content-Length: 1048576", _signed(BODY)], b" " * 65_536) == 413


@pytest.mark.parametrize("broken", [b"zz\r\n", b"5\r\nabc", b"5\r\nabcdefgh\r\n0\r\n\r\n"])
def test_broken_chunks_are_the_senders_fault(demo: Demo, broken: bytes) -> None:
    assert _broken(demo, broken) == 400


def _broken(demo: Demo, sent: bytes) -> int:
    lines = [f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", CHUNKED, _signed(BODY), "", ""]
    with socket.create_connection(("127.0.0.1", demo.places.web_port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(4096).split(b" ")[1])
