"""I3: nothing is promised twice or sold twice, and every unit can be reckoned up from records."""

import pytest

from orders.models import Order, OrderLine
from tests.verify.store import Store
from webstore.catalog import stock
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db


def slug_of(order: Order) -> str:
    return order.lines.get().product.slug


def test_more_is_reserved_than_there_is(store: Store, unchecked: None) -> None:
    order = store.placed()
    Product.objects.update(on_hand=0)

    assert store.broken() == [
        ("I3", slug_of(order), "1 units are reserved of 0 on hand."),
        ("I3", slug_of(order), "0 units are on hand and 0 sold, but 10 came by all records."),
    ]


def test_units_reserved_for_nobody(store: Store) -> None:
    order = store.cancelled()
    Product.objects.update(reserved=2)

    assert store.broken() == [("I3", slug_of(order), "2 units are reserved, but unpaid orders hold 0.")]


def test_an_order_that_holds_nothing(store: Store) -> None:
    order = store.placed()
    Product.objects.update(reserved=0)

    assert store.broken() == [("I3", slug_of(order), "0 units are reserved, but unpaid orders hold 1.")]


def test_units_that_vanished(store: Store) -> None:
    order = store.paid()
    Product.objects.update(on_hand=8)

    said = "8 units are on hand and 1 sold, but 10 came by all records."
    assert store.broken() == [("I3", slug_of(order), said)]


def test_a_sale_that_took_nothing_off_the_shelf(store: Store) -> None:
    order = store.paid()
    Product.objects.update(on_hand=10)

    said = "10 units are on hand and 1 sold, but 10 came by all records."
    assert store.broken() == [("I3", slug_of(order), said)]


def test_more_was_sold_than_ever_came(store: Store) -> None:
    order = store.paid()
    OrderLine.objects.update(quantity=11)
    Product.objects.update(on_hand=0)

    said = "0 units are on hand and 11 sold, but 10 came by all records."
    assert store.broken() == [("I3", slug_of(order), said)]


def test_a_recorded_correction_is_reckoned_in(store: Store) -> None:
    order = store.paid()
    assert stock.correct(order.lines.get().product_id, by=-4, actor="ann")

    assert store.broken() == []


def test_what_is_refunded_stays_sold(store: Store) -> None:
    order = store.paid()
    store.refunded(order)

    assert store.broken() == []
    assert order.lines.get().product.on_hand == 9


def test_every_page_of_products_is_judged(store: Store) -> None:
    order = store.placed()
    shelf = order.lines.get().product
    names = [f"n{number}" for number in range(1_001)]
    Product.objects.bulk_create(
        Product(category=shelf.category, name=name, slug=name, price_minor=1, on_hand=0) for name in names
    )
    Product.objects.filter(slug="n1000").update(on_hand=1)

    said = "1 units are on hand and 0 sold, but 0 came by all records."
    assert store.broken() == [("I3", "n1000", said)]
