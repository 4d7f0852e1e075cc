"""From cart to order: what was confirmed is what is written down."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from orders import placing
from orders.models import CartLine, HistoryEntry, Order
from orders.placing import CartChanged, SoldOut
from tests.orders import builders
from webstore.catalog.models import Product


def assert_nothing_happened() -> None:
    assert Order.objects.count() == 0
    assert set(Product.objects.values_list("reserved", flat=True)) == {0}


def test_placing_writes_down_what_was_confirmed(coffee: Product, apples: Product) -> None:
    order = builders.placed_order((coffee, 2), (apples, 3))

    assert order.total_minor == 2 * 850 + 3 * 320
    assert (order.status, order.email, order.trace_id) == ("placed", "mara@example.com", builders.TRACE_ID)
    lines = list(order.lines.values_list("product_name", "unit_price_minor", "quantity", "total_minor"))
    assert lines == [("House blend coffee", 850, 2, 1700), ("Braeburn apples", 320, 3, 960)]


def test_placing_reserves_and_empties_the_cart(coffee: Product) -> None:
    builders.placed_order((coffee, 2))

    coffee.refresh_from_db()
    assert (coffee.on_hand, coffee.reserved, coffee.available) == (100, 2, 98)
    assert CartLine.objects.count() == 0


def test_placing_begins_the_history(placed: Order) -> None:
    entry = placed.history.get()

    assert (entry.kind, entry.actor) == (HistoryEntry.Kind.PLACED, HistoryEntry.Actor.CUSTOMER)
    assert entry.sentence == "You placed the order for $17.00."
    assert entry.trace_id == builders.TRACE_ID


def test_an_order_keeps_its_price_when_the_product_s_changes(placed: Order) -> None:
    Product.objects.update(price_minor=9_900, name="Gold blend")

    line = placed.lines.get()
    assert (line.product_name, line.unit_price_minor, line.total_minor) == ("House blend coffee", 850, 1700)


def test_numbers_and_tokens_are_not_the_next_in_a_row(coffee: Product) -> None:
    first, second = (builders.placed_order((coffee, 1)) for _ in range(2))

    assert first.number[:4] != second.number[:4]
    assert len({first.token, second.token}) == 2
    assert len(first.token) == 43


def test_a_changed_price_is_told_and_nothing_is_placed(coffee: Product) -> None:
    full = builders.cart((coffee, 2))
    Product.objects.update(price_minor=900)

    with pytest.raises(CartChanged) as refusal:
        builders.place(full, shown_total_minor=1700)

    assert refusal.value.message == "The total changed from $17.00 to $18.00."
    assert_nothing_happened()


def test_a_shortage_since_the_page_was_shown_is_told(coffee: Product, apples: Product) -> None:
    full = builders.cart((coffee, 1), (apples, 3))
    Product.objects.filter(pk=apples.pk).update(on_hand=2)

    with pytest.raises(CartChanged) as refusal:
        builders.place(full, shown_total_minor=850 + 960)

    assert refusal.value.message == ("The total changed from $18.10 to $14.90. Braeburn apples: only 2 left.")
    assert_nothing_happened()


def test_a_cart_of_sold_out_things_names_them(apples: Product) -> None:
    full = builders.cart((apples, 1))
    Product.objects.update(on_hand=0)

    with pytest.raises(SoldOut) as refusal:
        builders.place(full, shown_total_minor=320)

    assert refusal.value.message == "Braeburn apples: sold out a moment ago."
    assert CartLine.objects.count() == 1


def test_an_empty_cart_places_nothing(db: None) -> None:
    with pytest.raises(CartChanged) as refusal:
        builders.place(builders.cart(), shown_total_minor=0)

    assert refusal.value.message == "Your cart is empty. Nothing was ordered."


def test_sold_out_things_stay_out_of_the_order(coffee: Product, apples: Product) -> None:
    full = builders.cart((coffee, 1), (apples, 1))
    Product.objects.filter(pk=apples.pk).update(on_hand=0)

    order = builders.place(full, shown_total_minor=850)

    assert order.lines.get().product_name == "House blend coffee"


def test_a_unit_taken_between_look_and_grab_is_told(apples: Product) -> None:
    lines = placing.validate_cart(builders.cart((apples, 3)), shown_total_minor=960)
    Product.objects.update(reserved=2)

    with pytest.raises(SoldOut) as refusal:
        placing.reserve_stock(lines)

    assert refusal.value.message == "Braeburn apples: only 1 left."
    apples.refresh_from_db()
    assert apples.reserved == 2


def test_a_cart_emptied_in_another_tab_is_told(coffee: Product) -> None:
    full = builders.cart((coffee, 1))
    lines = placing.validate_cart(full, shown_total_minor=850)
    full.lines.all().delete()

    with pytest.raises(CartChanged) as refusal, transaction.atomic():
        placing.create_order(
            cart=full, lines=lines, customer=builders.CUSTOMER, checkout_token=uuid.uuid4(), trace_id=""
        )

    assert refusal.value.message == "Your cart was ordered in another window."
    assert_nothing_happened()


def test_a_checkout_token_makes_one_order(placed: Order, coffee: Product) -> None:
    full = builders.cart((coffee, 1))
    lines = placing.validate_cart(full, shown_total_minor=850)

    with pytest.raises(IntegrityError), transaction.atomic():
        placing.create_order(
            cart=full,
            lines=lines,
            customer=builders.CUSTOMER,
            checkout_token=placed.checkout_token,
            trace_id="",
        )

    assert (Order.objects.count(), full.lines.count()) == (1, 1)
