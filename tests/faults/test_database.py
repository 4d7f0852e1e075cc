"""F10, F11: the database is locked, restarts, or loses its connections."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
import requests

from tests.e2e.evidence import eventually
from tests.faults.customers import Sale
from tests.faults.outside import locked
from tests.faults.payments import orders_of
from tests.faults.postgres import PostgresTree
from tests.faults.recovery import NoteRecovery, is_thorough
from tests.faults.tree import Tree
from webstore.demo.shopper import Shopper, ShoppingFailed, Wish

CUSTOMERS = 4
# Longer than anybody waits for a lock, on either database.
LONG_SECONDS = 30 if is_thorough() else 12
# No request of a checkout waits longer, whatever the database.
MOST_SECONDS = 15


def test_lock_of_three_seconds_is_slow_but_fine(any_tree: Tree) -> None:
    forms = [any_tree.customers.fill(Wish()) for _ in range(CUSTOMERS)]
    other = Shopper(any_tree.shop)
    product = other.products()[0]
    with ThreadPoolExecutor(CUSTOMERS + 1) as pool:
        with locked(any_tree):
            sending = [pool.submit(any_tree.customers.send, form) for form in forms]
            adding = pool.submit(other.add_to_cart, product)
            time.sleep(3)
        sales = [sent.result() for sent in sending]

    assert adding.result() is True
    assert [sale.status for sale in sales] == [302] * CUSTOMERS
    assert all(2.5 < sale.seconds < MOST_SECONDS for sale in sales)
    any_tree.wait_paid(sales, within=15)
    assert any_tree.violations() == []


def test_lock_of_half_a_minute_means_come_back_later(any_tree: Tree, record_recovery: NoteRecovery) -> None:
    form = any_tree.customers.fill(Wish())
    before = any_tree.customers.buy(2, wish=Wish(payment_token="tok_slow"))
    with locked(any_tree):
        began = time.monotonic()
        sale = any_tree.customers.send(form)
        time.sleep(max(0.0, LONG_SECONDS - (time.monotonic() - began)))

    assert (sale.status, sale.retry_after) == (503, "30")
    assert sale.seconds < MOST_SECONDS
    assert orders_of(any_tree, form) == 0
    seconds = any_tree.wait_paid([*before, any_tree.customers.send(form)], within=30)
    record_recovery("F10", seconds, bound=30)
    assert any_tree.violations() == []


@contextmanager
def _restart(tree: PostgresTree) -> Iterator[None]:
    tree.server.stop()
    try:
        yield
    finally:
        tree.server.start()


@contextmanager
def _reset(tree: PostgresTree) -> Iterator[None]:
    with tree.proxies["database"].spoiled(reset=0.0):
        yield


@pytest.mark.parametrize("away", [_restart, _reset])
def test_database_that_was_away_is_found_again(
    postgres_tree: PostgresTree,
    away: Callable[[PostgresTree], AbstractContextManager[None]],
    record_recovery: NoteRecovery,
) -> None:
    with _buying(postgres_tree) as shown:
        assert eventually(lambda: len(shown) >= CUSTOMERS)
        with away(postgres_tree):
            time.sleep(3)
            page = requests.get(f"{postgres_tree.shop}/products", timeout=20)
        back_at, before_count = time.monotonic(), len(shown)
        # Each may just have been shown one: whoever is shown another has begun it since.
        assert eventually(lambda: len(shown) > before_count + CUSTOMERS)

    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    postgres_tree.wait_paid(shown, within=30)
    record_recovery("F11", time.monotonic() - back_at, bound=30)
    assert postgres_tree.violations() == []


@contextmanager
def _buying(tree: PostgresTree) -> Iterator[list[Sale]]:
    """Let customers buy one thing after the other while the block runs; yield what they were shown."""
    shown: list[Sale] = []
    is_over = threading.Event()
    with ThreadPoolExecutor(CUSTOMERS) as pool:
        buying = [pool.submit(_buy_on, tree, is_over, shown) for _ in range(CUSTOMERS)]
        try:
            yield shown
        finally:
            is_over.set()
    assert [bought.exception() for bought in buying] == [None] * CUSTOMERS


def _buy_on(tree: PostgresTree, is_over: threading.Event, shown: list[Sale]) -> None:
    """Buy until it is over; keep what was placed, whatever else goes wrong."""
    while not is_over.is_set():
        try:
            sale = tree.customers.send(tree.customers.fill(Wish()))
        except (ShoppingFailed, requests.RequestException):
            continue
        if sale.number:
            shown.append(sale)
