"""The product's page says what it costs, whether it can be bought, and sells it."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.catalog.builders import a_product

pytestmark = pytest.mark.django_db


def page_of(client: Client, slug: str = "rubber-plant") -> str:
    return client.get(f"/products/{slug}").content.decode()


@pytest.mark.parametrize(
    ("on_hand", "reserved", "words"),
    [
        (6, 0, "In stock"),
        (5, 0, "Only 5 left"),
        (10, 9, "Only 1 left"),
        (0, 0, "Sold out"),
        (3, 3, "Sold out"),
    ],
)
def test_it_tells_the_stock_in_words(client: Client, on_hand: int, reserved: int, words: str) -> None:
    a_product(on_hand=on_hand, reserved=reserved)

    page = page_of(client)

    assert [said for said in ("In stock", "Only 5 left", "Only 1 left", "Sold out") if said in page] == [
        words
    ]


def test_it_offers_no_more_than_there_is(client: Client) -> None:
    a_product(on_hand=10, reserved=3)

    page = page_of(client)

    assert 'action="/cart/add"' in page
    assert 'name="slug" value="rubber-plant"' in page
    assert re.search(r'min="1"\s+max="7"', page)


def test_sold_out_keeps_its_page_and_loses_its_button(client: Client) -> None:
    a_product(on_hand=2, reserved=2)

    page = page_of(client)

    assert "Rubber plant" in page
    assert "Add to cart" not in page


def test_a_reduced_price_stands_beside_the_old_one(client: Client) -> None:
    a_product(price_minor=1900, previous_price_minor=2400)

    page = page_of(client)

    assert "tag-sale" in page
    assert page.index("$19.00") < page.index("$24.00")


def test_it_shows_four_others_of_the_shelf_that_can_be_bought(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_product()
    for number in range(6):
        a_product(f"Pot {number}", on_hand=number)

    with django_assert_num_queries(3):
        related = client.get("/products/rubber-plant").context["related"]

    assert sorted(product.name for product in related) == ["Pot 2", "Pot 3", "Pot 4", "Pot 5"]


@pytest.mark.parametrize("slug", ["nope", "a" * 300, "-"])
def test_an_unknown_product_is_not_here(client: Client, slug: str) -> None:
    response = client.get(f"/products/{slug}")

    assert response.status_code == 404
    assert b"This page is not here." in response.content
