"""The cart: put in, change, take out, and be told early."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from orders.models import Cart, CartLine
from webstore.catalog.models import Product


def lines_of(client: Client) -> list[tuple[str, int]]:
    lines = CartLine.objects.filter(cart_id=client.session["cart_id"])
    return [(line.product.slug, line.quantity) for line in lines]


def page(client: Client) -> str:
    return client.get("/cart").content.decode()


def test_adding_leads_to_the_cart_with_its_total(shopper: Client) -> None:
    html = page(shopper)

    assert lines_of(shopper) == [("house-blend-coffee", 2)]
    assert "Cart · 2 items · $17.00" in html
    assert "2 × House blend coffee in your cart." in html
    assert "Checkout · $17.00" in html


def test_adding_again_counts_up(shopper: Client) -> None:
    shopper.post("/cart/add", {"slug": "house-blend-coffee", "quantity": 3})

    assert lines_of(shopper) == [("house-blend-coffee", 5)]


@pytest.mark.parametrize("quantity", [4, 10**30])
def test_adding_more_than_there_is_takes_what_is_left(client: Client, apples: Product, quantity: int) -> None:
    answer = client.post("/cart/add", {"slug": apples.slug, "quantity": quantity})

    assert (answer.status_code, answer["Location"]) == (302, "/cart")
    assert lines_of(client) == [("braeburn-apples", 3)]
    assert "Only 3 left. We put 3 in your cart." in page(client)


def test_adding_beyond_the_stock_in_two_steps_takes_what_is_left(client: Client, apples: Product) -> None:
    client.post("/cart/add", {"slug": apples.slug, "quantity": 2})
    client.post("/cart/add", {"slug": apples.slug, "quantity": 2})

    assert lines_of(client) == [("braeburn-apples", 3)]
    assert "Only 3 left. We put 3 in your cart." in page(client)


def test_adding_a_sold_out_product_adds_nothing(client: Client, apples: Product) -> None:
    Product.objects.update(reserved=3)

    client.post("/cart/add", {"slug": apples.slug, "quantity": 1})

    assert lines_of(client) == []
    assert "Braeburn apples: sold out." in page(client)


def test_changing_sets_the_quantity(shopper: Client) -> None:
    line = CartLine.objects.get()

    answer = shopper.post("/cart/change", {"line": line.pk, "quantity": 7})

    assert answer["Location"] == "/cart"
    assert lines_of(shopper) == [("house-blend-coffee", 7)]
    assert "Cart · 7 items · $59.50" in page(shopper)


def test_changing_beyond_the_stock_takes_what_is_left(shopper: Client) -> None:
    shopper.post("/cart/change", {"line": CartLine.objects.get().pk, "quantity": 101})

    assert lines_of(shopper) == [("house-blend-coffee", 100)]
    assert "Only 100 left. We put 100 in your cart." in page(shopper)


def test_changing_to_none_removes_the_line(shopper: Client) -> None:
    shopper.post("/cart/change", {"line": CartLine.objects.get().pk, "quantity": 0})

    assert lines_of(shopper) == []


def test_removing_offers_to_undo(shopper: Client) -> None:
    html = shopper.post("/cart/remove", {"line": CartLine.objects.get().pk}, follow=True).content.decode()

    assert lines_of(shopper) == []
    assert "Removed House blend coffee." in html
    assert '<input type="hidden" name="quantity" value="2">' in html
    assert "Your cart is empty." in html


def test_the_cart_tells_early_what_is_short_sold_out_or_dearer(shopper: Client, apples: Product) -> None:
    shopper.post("/cart/add", {"slug": apples.slug, "quantity": 3})
    Product.objects.filter(slug=apples.slug).update(reserved=1, price_minor=340)
    Product.objects.filter(slug="house-blend-coffee").update(reserved=100)

    html = page(shopper)

    assert "Only 2 left. You wanted 3." in html
    assert "was $3.20, now $3.40" in html
    assert "Sold out. Not in the total." in html
    assert "Cart · 2 items · $6.80" in html


def test_looking_makes_no_session_and_no_cart(client: Client, apples: Product) -> None:
    answer = client.get("/cart")

    assert answer.cookies.keys() <= {"csrftoken"}
    assert (Session.objects.count(), Cart.objects.count()) == (0, 0)
    assert "Cart · 0" in answer.content.decode()


def test_counting_costs_a_newcomer_no_query(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The one query is for the categories in the header.
    with django_assert_num_queries(1):
        client.get("/orders/find")
