"""A try to tell the shop is over in time, whatever the shop makes of it."""

import time

import pytest

from payments.sandbox.ledger import Ledger
from payments.sandbox.messenger import TRY_SECONDS, Messenger
from payments.sandbox.parsing import ChargeRequest
from payments.sandbox.tellings import LEASE_SECONDS, Tellings
from tests.payments.slow_servers import headers, talking

APPROVE = ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP")


@pytest.fixture
def told(ledger: Ledger) -> Ledger:
    """Return a ledger with one charge to tell of."""
    entry = ledger.enter("k", APPROVE, now=time.time())
    ledger.charge(entry.id, APPROVE, status="succeeded", now=time.time(), tellings=[0])
    return ledger


def test_a_try_is_over_before_its_lease() -> None:
    assert TRY_SECONDS < LEASE_SECONDS


def test_a_shop_that_drips_its_answer_is_given_up_in_time(told: Ledger) -> None:
    with talking(headers) as port:
        messenger = Messenger(Tellings(told), url=f"http://127.0.0.1:{port}/", secret="s")
        began = time.monotonic()

        assert messenger.tell_next()

    assert TRY_SECONDS - 0.5 < time.monotonic() - began < TRY_SECONDS + 2
    [row] = told.connection().execute("SELECT told_at, said FROM tellings").fetchall()
    assert tuple(row) == (None, "Timeout")
