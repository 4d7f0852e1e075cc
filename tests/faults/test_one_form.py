"""F21, F22, F27: a form pressed many times, overtaken by another tab, or broken off by a dying server."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.evidence import eventually
from tests.faults.customers import Form
from tests.faults.outside import change, locked
from tests.faults.payments import Payment, orders_of
from tests.faults.tree import Tree
from webstore.demo.shopper import Wish

PRESSED = 20


@pytest.fixture
def form(tree: Tree) -> Form:
    return tree.customers.fill(Wish())


def _confirm_again(form: Form) -> Form:
    """Return the form as it comes back, to be confirmed as it is now."""
    return Form(form.shopper, form.shopper.fill_checkout(Wish()))


def test_twenty_presses_at_once_make_one_order(tree: Tree, form: Form) -> None:
    with ThreadPoolExecutor(PRESSED) as pool:
        sales = list(pool.map(tree.customers.send, [form] * PRESSED))

    assert {sale.status for sale in sales} == {302}
    assert len({sale.path for sale in sales}) == 1
    assert orders_of(tree, form) == 1
    tree.wait_paid(sales[:1], within=15)
    assert Payment(tree, sales[0]).is_charged_once
    assert tree.violations() == []


def test_back_button_leads_to_the_order_that_is_there(tree: Tree, form: Form) -> None:
    first = tree.customers.send(form)
    tree.wait_paid([first], within=15)
    again = tree.customers.send(form)

    assert (again.status, again.path) == (302, first.path)
    assert orders_of(tree, form) == 1
    assert Payment(tree, first).is_charged_once
    assert tree.violations() == []


def test_refreshing_the_order_changes_nothing(tree: Tree, form: Form) -> None:
    sale = tree.customers.send(form)
    titles = [form.shopper.state(sale.path) for _ in range(PRESSED)]
    tree.wait_paid([sale], within=15)

    assert set(titles) <= {"Paying…", "Paid"}
    assert form.shopper.state(sale.path) == "Paid"
    assert Payment(tree, sale).is_charged_once
    assert tree.violations() == []


def test_cart_that_grew_in_another_tab_is_confirmed_anew(tree: Tree, form: Form) -> None:
    shelf = form.shopper.products()
    assert any(form.shopper.add_to_cart(path) for path in shelf), "all is sold out"

    assert tree.customers.send(form).status == 409
    assert orders_of(tree, form) == 0
    new = _confirm_again(form)
    sale = tree.customers.send(new)
    tree.wait_paid([sale], within=15)
    assert Payment(tree, sale).charges == [("succeeded", int(new.entries["shown_total_minor"]))]
    assert tree.violations() == []


def test_price_that_rose_meanwhile_is_confirmed_anew(tree: Tree, form: Form) -> None:
    change(tree, "UPDATE catalog_product SET price_minor = price_minor + 100")
    try:
        assert tree.customers.send(form).status == 409
        sale = tree.customers.send(_confirm_again(form))
    finally:
        change(tree, "UPDATE catalog_product SET price_minor = price_minor - 100")

    tree.wait_paid([sale], within=15)
    assert orders_of(tree, form) == 0
    assert Payment(tree, sale).charges == [("succeeded", int(form.entries["shown_total_minor"]) + 100)]
    assert tree.violations() == []


def test_price_that_rises_after_the_button_is_not_charged(tree: Tree, form: Form) -> None:
    with tree.hanging("worker-payments"):
        sale = tree.customers.send(form)
        change(tree, "UPDATE catalog_product SET price_minor = price_minor + 100")
    try:
        tree.wait_paid([sale], within=15)
    finally:
        change(tree, "UPDATE catalog_product SET price_minor = price_minor - 100")

    assert Payment(tree, sale).charges == [("succeeded", int(form.entries["shown_total_minor"]))]
    assert tree.violations() == []


def test_server_killed_before_it_wrote_the_order(tree: Tree, form: Form) -> None:
    with ThreadPoolExecutor(1) as pool, locked(tree):
        sending = pool.submit(tree.customers.send, form)
        time.sleep(1)
        tree.kill(tree.pids("web")[1:])
        assert sending.result().status == 0

    _retried(tree, form)


def test_server_killed_after_it_wrote_the_order(tree: Tree, form: Form) -> None:
    # Who rings in vain answers a second after the order was written.
    with ThreadPoolExecutor(1) as pool, tree.hanging("broker"), tree.proxies["broker"].spoiled(timeout=60):
        sending = pool.submit(tree.customers.send, form)
        assert eventually(lambda: orders_of(tree, form), seconds=10)
        tree.kill(tree.pids("web")[1:])
        assert sending.result().status == 0

    _retried(tree, form)


def _retried(tree: Tree, form: Form) -> None:
    """Press the same button again, and find one order."""
    sale = tree.customers.send(form)
    tree.wait_paid([sale], within=35)

    assert orders_of(tree, form) == 1
    assert Payment(tree, sale).is_charged_once
    assert tree.violations() == []
