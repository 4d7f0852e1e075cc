"""F16: the provider's events come ten times, out of order, too early, too late, or from a stranger."""

import json
from functools import partial
from typing import Any

import pytest
import requests

from payments.webhooks import signatures
from tests.e2e.evidence import eventually
from tests.faults.customers import Sale
from tests.faults.payments import Payment
from tests.faults.tree import Tree
from tests.payments.telling import PATH, event_of, signature
from webstore.demo.forms import Page

AT_ONCE = {"delay_seconds": [0, 0]}
SETTLED_SECONDS = 20
REPEATS = 10
HEEDED = [("charge.succeeded", "done", "known")]


def _events(tree: Tree, sale: Sale) -> list[tuple[str, str, str]]:
    """Return type, state and outcome of all that was told about a sale."""
    sql = "SELECT type, state, outcome FROM payments_providerevent WHERE reference LIKE ? ORDER BY id"
    return [tuple(row) for row in tree.rows(sql, f"{sale.number}%")]


def _are_heeded(payment: Payment) -> bool:
    return _events(payment.tree, payment.sale) == HEEDED


def _tellings(payment: Payment) -> list[str]:
    """Return what the shop said each time it was told of a payment, [] while more is to be told."""
    sql = """SELECT said, told_at FROM tellings JOIN events ON events.id = event_id
        WHERE type = 'charge.succeeded' AND reference = ?"""
    told = payment.provider_rows(sql, payment.number)
    return [said for said, _ in told] if all(told_at for _, told_at in told) else []


def test_events_told_ten_times_out_of_order_have_one_effect(tree: Tree) -> None:
    tree.provider.set_webhooks(repeat=REPEATS, delay_seconds=[0, 3], shuffle=True)
    payments = [Payment(tree, sale) for sale in tree.customers.buy(4)]
    tree.wait_paid([payment.sale for payment in payments])

    for payment in payments:
        told = eventually(partial(_tellings, payment))
        assert set(told) == {"200"}
        assert len(told) >= REPEATS
        eventually(partial(_are_heeded, payment), seconds=15)
        assert _events(tree, payment.sale) == HEEDED
        assert [(asked.times, asked.replayed) for asked in payment.asked] == [(1, 0)]
        assert payment.states == [("approved", 1)]
    assert tree.violations() == []


def test_event_before_the_answer_disturbs_nobody(tree: Tree) -> None:
    tree.provider.switch("slow", seconds=4, count=1, webhooks=AT_ONCE)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    assert eventually(lambda: _events(tree, sale) == [("charge.succeeded", "waiting", "")])
    assert payment.states == [("charging", 1)]
    tree.wait_paid([sale], within=SETTLED_SECONDS)

    assert eventually(partial(_are_heeded, payment), seconds=15)
    assert [(asked.times, asked.replayed) for asked in payment.asked] == [(1, 0)]
    assert tree.violations() == []


def test_event_after_a_cancel_gives_the_money_back(tree: Tree) -> None:
    payment = _refused(tree)
    _cancel(tree, payment.sale)
    assert tree.status(payment.number) == "cancelled"
    payment.charge_behind_our_back()
    told = [("charge.succeeded", "done", "given_back"), ("refund.created", "done", "known")]

    assert eventually(lambda: _events(tree, payment.sale) == told, seconds=SETTLED_SECONDS)
    assert tree.violations() == []


def test_event_while_the_attempt_waits_pays_the_order_and_spares_a_second_charge(tree: Tree) -> None:
    payment = _refused(tree)
    payment.charge_behind_our_back()
    tree.wait_paid([payment.sale], within=SETTLED_SECONDS)
    tree.provider.reset()

    assert [state for state, _ in payment.states] == ["cancelled", "approved"]
    assert payment.is_charged_once
    assert tree.violations() == []


def _cancel(tree: Tree, sale: Sale) -> None:
    """Press the button of a page that was open since before the first try."""
    shopper = tree.shopper()
    url = f"{tree.shop}/orders/find"
    token = Page(shopper.session.get(url, timeout=10).text).form("/orders/find").fields["csrfmiddlewaretoken"]
    entries, headers = {"csrfmiddlewaretoken": token}, {"Referer": url}
    shopper.session.post(f"{tree.shop}{sale.path}/cancel", data=entries, headers=headers, timeout=10)


def _refused(tree: Tree) -> Payment:
    """Return a payment that the provider has certainly not made, and that is not tried for two minutes."""
    tree.provider.switch("rate_limit", retry_after=120, count=1, webhooks=AT_ONCE)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    payment.await_tries(1)
    assert payment.states == [("due", 1)]
    return payment


BODY = json.dumps(event_of("charge.succeeded", {"id": "ch_forged", "reference": "ABCD-2345"})).encode()


@pytest.mark.parametrize(
    ("body", "signed", "status"),
    [
        (BODY, {"secret": "guessed"}, 400),
        (BODY, {"age_seconds": 301}, 400),
        (BODY, {"age_seconds": -310}, 400),
        (BODY + b" " * 2**20, {}, 413),
    ],
    ids=["wrong key", "old", "of tomorrow", "1 MiB"],
)
def test_events_of_strangers_change_nothing(
    tree: Tree, body: bytes, signed: dict[str, Any], status: int
) -> None:
    headers = {signatures.HEADER: signature(body, **signed)}
    answer = requests.post(tree.shop + PATH, data=body, headers=headers, timeout=10)

    assert answer.status_code == status
    assert tree.rows("SELECT COUNT(*) FROM payments_providerevent WHERE about = 'ch_forged'") == [(0,)]
