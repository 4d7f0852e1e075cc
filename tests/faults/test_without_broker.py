"""F28: the broker is gone, or hangs (F6), and people look around."""

import time

import pytest
import requests

from tests.faults.customers import Sale
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree
from webstore.demo.shopper import Shopper, Wish

# Nobody waits longer for any request.
MOST_SECONDS = 3


@pytest.fixture
def paid(tree: Tree) -> Sale:
    sales = tree.customers.buy()
    tree.wait_paid(sales, within=15)
    return sales[0]


def test_whole_shop_works_but_the_payment_waits(
    tree: Tree, paid: Sale, record_recovery: NoteRecovery
) -> None:
    with tree.without("broker"):
        shopper = Shopper(tree.shop)
        answers = {path: _status(shopper, path) for path in _pages(shopper, paid)}
        sale = tree.customers.send(tree.customers.fill(Wish()))
        title = shopper.state(sale.path)
    back_at = time.monotonic()
    tree.wait_paid([sale], within=35)

    assert set(answers.values()) == {200}, answers
    assert (sale.status, title) == (302, "Paying…")
    assert sale.seconds <= MOST_SECONDS
    record_recovery("F28", time.monotonic() - back_at, bound=35)
    assert tree.violations() == []


def test_no_page_waits_for_a_broker_that_hangs(tree: Tree, paid: Sale) -> None:
    shopper = Shopper(tree.shop)
    pages = _pages(shopper, paid)
    with tree.hanging("broker"):
        # One order, so that whoever asked the broker before has noticed.
        sale = tree.customers.send(tree.customers.fill(Wish()))
        seconds = {path: _timed(shopper, path) for path in pages}
        basket = Shopper(tree.shop)
        began = time.monotonic()
        assert basket.add_to_cart(next(path for path in pages if path.startswith("/products/")))
        seconds["/cart/add"] = time.monotonic() - began
    tree.wait_paid([sale], within=35)

    assert {path: took for path, took in seconds.items() if took > MOST_SECONDS} == {}
    assert tree.violations() == []


def _timed(shopper: Shopper, path: str) -> float:
    """Return how long a page took, which must be whole."""
    began = time.monotonic()
    assert _status(shopper, path) == 200, path
    return time.monotonic() - began


def _pages(shopper: Shopper, paid: Sale) -> list[str]:
    """Return what people look at, with something in the cart."""
    product = next(path for path in shopper.products() if shopper.add_to_cart(path))
    found = ("/", "/products", "/products?q=tea", "/cart", "/checkout", "/orders/find", "/readyz")
    return [*found, product, paid.path]


def _status(shopper: Shopper, path: str) -> int:
    answer: requests.Response = shopper.session.get(shopper.base + path, timeout=20)
    return answer.status_code
