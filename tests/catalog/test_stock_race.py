"""Real threads with connections of their own run for the same units."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.catalog.builders import a_product
from webstore.catalog import stock

pytestmark = pytest.mark.django_db(transaction=True)


def reserve_together(product_id: int, *, buyer_count: int) -> list[bool]:
    """Return what each buyer got, all asking at the same moment."""
    ready = Barrier(buyer_count)

    def buy(_buyer: int) -> bool:
        connection.ensure_connection()
        ready.wait(timeout=10)
        try:
            return stock.reserve(product_id, quantity=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(buyer_count) as buyers:
        return list(buyers.map(buy, range(buyer_count)))


def test_one_of_two_buyers_gets_the_last_unit() -> None:
    product = a_product(on_hand=1)

    got = reserve_together(product.pk, buyer_count=2)

    product.refresh_from_db()
    assert (sorted(got), product.reserved) == ([False, True], 1)


def test_twenty_buyers_get_the_last_five_units() -> None:
    product = a_product(on_hand=5)

    got = reserve_together(product.pk, buyer_count=20)

    product.refresh_from_db()
    assert (sum(got), product.reserved, product.available) == (5, 5, 0)
