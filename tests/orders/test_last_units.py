"""Many buyers at once: real threads, each with a connection of its own to one database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from orders import outcomes, placing
from orders.models import Cart, Order
from tests.orders import builders
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(calls: list[Callable[[], str]]) -> Counter[str]:
    """Return how often each answer came."""
    start = Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        start.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def buying(full: Cart, shown_total_minor: int) -> Callable[[], str]:
    def buy() -> str:
        try:
            builders.place(full, shown_total_minor=shown_total_minor)
        except placing.CannotPlace as refusal:
            return refusal.message
        return "placed"

    return buy


def test_of_two_buyers_one_gets_the_last_unit() -> None:
    plant = builders.product("Rubber plant", price_minor=1900, on_hand=1)
    carts = [builders.cart((plant, 1)) for _ in range(2)]

    answers = all_at_once([buying(full, 1900) for full in carts])

    assert answers == {"placed": 1, "Rubber plant: sold out a moment ago.": 1}
    assert Order.objects.count() == 1


def test_twenty_buyers_of_five_units_never_oversell() -> None:
    plant = builders.product("Rubber plant", price_minor=1900, on_hand=5)
    carts = [builders.cart((plant, 1)) for _ in range(20)]

    answers = all_at_once([buying(full, 1900) for full in carts])

    plant.refresh_from_db()
    assert answers == {"placed": 5, "Rubber plant: sold out a moment ago.": 15}
    assert (plant.on_hand, plant.reserved) == (5, 5)


def test_carts_filled_in_opposite_order_do_not_block_each_other() -> None:
    shelf = [builders.product(name, price_minor=100, on_hand=10) for name in ("Pear", "Plum", "Fig")]
    forward = [builders.cart(*((item, 1) for item in shelf)) for _ in range(5)]
    backward = [builders.cart(*((item, 1) for item in reversed(shelf))) for _ in range(5)]

    answers = all_at_once([buying(full, 300) for full in forward + backward])

    assert answers == {"placed": 10}
    assert set(Product.objects.values_list("reserved", flat=True)) == {10}


def test_one_cart_ordered_in_two_tabs_becomes_one_order() -> None:
    full = builders.cart((builders.product("Rubber plant", price_minor=1900, on_hand=9), 1))

    answers = all_at_once([buying(full, 1900)] * 2)

    assert answers["placed"] == 1
    assert Order.objects.count() == 1


def test_two_workers_with_one_answer_sell_once() -> None:
    plant = builders.product("Rubber plant", price_minor=1900, on_hand=9)
    order = builders.placed_order((plant, 2))

    answers = all_at_once([lambda: str(outcomes.mark_paid(order.pk))] * 4)

    plant.refresh_from_db()
    assert answers == {"True": 1, "False": 3}
    assert (plant.on_hand, plant.reserved) == (7, 0)
