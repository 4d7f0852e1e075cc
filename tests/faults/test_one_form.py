"""F21, F22: one form pressed many times, pressed again, or overtaken by another tab."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.customers import Form
from tests.faults.shelves import Shelves
from tests.faults.tree import Tree
from webstore.demo.shopper import Wish

PRESSED = 20


@pytest.fixture
def form(tree: Tree) -> Form:
    return tree.customers.fill(Wish())


@pytest.fixture
def shelves(tree: Tree) -> Shelves:
    return Shelves(tree)


def _orders(tree: Tree, form: Form) -> int:
    [(count,)] = tree.rows("SELECT COUNT(*) FROM orders_order WHERE checkout_token = ?", form.token)
    return int(count)


def test_twenty_presses_at_once_make_one_order(tree: Tree, form: Form) -> None:
    with ThreadPoolExecutor(PRESSED) as pool:
        sales = list(pool.map(tree.customers.send, [form] * PRESSED))

    assert {sale.status for sale in sales} == {302}
    assert len({sale.path for sale in sales}) == 1
    assert _orders(tree, form) == 1
    tree.wait_paid(sales[:1], within=15)
    assert tree.violations() == []


def test_back_button_leads_to_the_order_that_is_there(tree: Tree, form: Form) -> None:
    first = tree.customers.send(form)
    tree.wait_paid([first], within=15)

    again = tree.customers.send(form)

    assert (again.status, again.path) == (302, first.path)
    assert _orders(tree, form) == 1
    assert len(tree.ledger(first.number)) == 1
    assert tree.violations() == []
