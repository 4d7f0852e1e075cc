"""F23, F24: many buyers of the last units, and a reservation that is over while its charge runs."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.e2e.evidence import eventually
from tests.faults.customers import Form, Sale
from tests.faults.outside import change
from tests.faults.payments import Payment
from tests.faults.provider import SILENT
from tests.faults.shelves import Rarities
from tests.faults.tree import Tree
from webstore.demo.shopper import Wish

BUYERS, UNITS, KINDS = 200, 50, 3
# A backlog of fifty, two workers, and a machine that has just served two hundred.
PAID_SECONDS = 60
# How long a few threads take for all of them is the machine's matter, not this row's.
PATIENCE_SECONDS = 120
DECLINED = Wish(payment_token="tok_decline")


def test_two_hundred_buyers_of_the_last_fifty(any_tree: Tree) -> None:
    rarities = Rarities.put_on_shelf(any_tree, kinds=KINDS, units=UNITS)
    forms = rarities.fill(BUYERS)
    customers = replace(any_tree.customers, patience_seconds=PATIENCE_SECONDS)
    with ThreadPoolExecutor(BUYERS) as pool:
        sales = list(pool.map(customers.send, forms))
    placed = [sale for sale in sales if sale.is_placed]
    others = Counter(sale.status for sale in sales if not sale.is_placed)
    print("slowest answer", max(sale.seconds for sale in sales))

    # Told on the checkout page, or in the cart when nothing else is in it; and nobody sees an error.
    assert set(others) <= {302, 409}
    assert (len(placed), others.total()) == (UNITS, BUYERS - UNITS)
    any_tree.wait_paid(placed, within=PAID_SECONDS)
    assert rarities.left == [(0, 0)] * KINDS
    assert any_tree.violations() == []


# Long enough for a sweep of reservations; each ends by itself, and no event tells of it before.
RUNNING = {"slow": {"seconds": 7}, "lose_answer": {"count": 2}}


@pytest.mark.parametrize("fault", RUNNING)
def test_reservation_that_is_over_while_its_charge_runs(tree: Tree, fault: str) -> None:
    rarity = Rarities.put_on_shelf(tree, kinds=1, units=1)
    first, second = rarity.fill(2)
    unpaid = _declined(tree, tree.customers.fill(DECLINED))
    tree.provider.switch(fault, **RUNNING[fault], webhooks=SILENT)
    sale = tree.customers.send(first)
    tree.wait_charging([sale])
    for overdue in (unpaid, sale):
        _let_time_pass(tree, overdue.number)

    # The sweep has gone through the overdue orders: one expired, and the other is under way as before.
    assert eventually(lambda: tree.status(unpaid.number) == "expired", seconds=6)
    assert tree.status(sale.number) == "placed"
    refused = tree.customers.send(second)
    tree.wait_paid([sale], within=30)
    assert (refused.status, refused.is_placed) == (302, False)
    assert Payment(tree, sale).is_charged_once
    assert rarity.left == [(0, 0)]
    assert tree.violations() == []


def test_charge_that_ends_when_its_unit_is_another_buyers_is_given_back(tree: Tree) -> None:
    rarity = Rarities.put_on_shelf(tree, kinds=1, units=1)
    [first] = rarity.fill(1, DECLINED)
    late = Payment(tree, _declined(tree, first))
    _let_time_pass(tree, late.number)
    assert eventually(lambda: tree.status(late.number) == "expired")
    other = tree.customers.send(rarity.fill(1)[0])
    late.charge_behind_our_back()
    tree.wait_paid([other], within=15)

    assert eventually(lambda: late.given_back == [late.amount_minor])
    assert (tree.status(late.number), rarity.left) == ("expired", [(0, 0)])
    assert tree.violations() == []


def _declined(tree: Tree, form: Form) -> Sale:
    sale = tree.customers.send(form)
    Payment(tree, sale).await_state("declined")
    return sale


def _let_time_pass(tree: Tree, number: str) -> None:
    change(tree, "UPDATE orders_order SET reserved_until = placed_at WHERE number = ?", number)
