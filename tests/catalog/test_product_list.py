"""The list finds, narrows, sorts and pages."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.catalog.builders import a_category, a_product
from webstore.catalog.listing import SORTS
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db


def names_at(client: Client, query: str) -> list[str]:
    page = client.get(f"/products{query}").context["page"]
    return [product.name for product in page.products]


def test_it_finds_the_beginnings_of_words_in_name_and_description(client: Client) -> None:
    a_product("Red kettle", description="Boils.")
    a_product("Cap", description="A reddish cap.")
    a_product("Cured ham", description="Was stored long.")

    assert names_at(client, "?q=red") == ["Red kettle", "Cap"]


def test_it_wants_every_word(client: Client) -> None:
    a_product("Wool socks", description="Warm.")
    a_product("Wool coat", description="Long.")

    assert names_at(client, "?q=WOOL+warm") == ["Wool socks"]


def test_it_marks_what_was_found_and_escapes_the_rest(client: Client) -> None:
    a_product("Salt & pepper")

    page = client.get("/products?q=pep").content.decode()

    assert "Salt &amp; <mark>pep</mark>per" in page


@pytest.mark.parametrize(
    "query", ["?q=%3Cscript%3E", "?q=%25", "?q=_", "?q=zzz", "?q=%00", "?q=" + "x" * 500]
)
def test_nothing_found_offers_a_way_on(client: Client, query: str) -> None:
    a_product("Rubber plant")

    response = client.get(f"/products{query}")

    assert response.status_code == 200
    assert b"<script>" not in response.content
    assert b"/products/rubber-plant" in response.content


def test_it_narrows_to_a_category(client: Client) -> None:
    a_product("Rose", category=a_category("Plants"))
    a_product("Rose soap", category=a_category("Bath"))

    assert names_at(client, "?category=bath") == ["Rose soap"]
    assert names_at(client, "?category=bath&q=rose") == ["Rose soap"]


def test_an_unknown_category_is_not_here(client: Client) -> None:
    assert client.get("/products?category=nope").status_code == 404


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["Ash", "Bay", "Cob"]),
        ("newest", ["Bay", "Ash", "Cob"]),
        ("price", ["Cob", "Bay", "Ash"]),
        ("price-desc", ["Ash", "Bay", "Cob"]),
        ("nonsense", ["Bay", "Ash", "Cob"]),
        ("match", ["Bay", "Ash", "Cob"]),
    ],
)
def test_it_sorts(client: Client, sort: str, names: list[str]) -> None:
    a_product("Ash", price_minor=300, created_at=datetime(2026, 1, 2, tzinfo=UTC))
    a_product("Bay", price_minor=200, created_at=datetime(2026, 1, 3, tzinfo=UTC))
    a_product("Cob", price_minor=100, created_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert names_at(client, f"?sort={sort}") == names


def test_every_sort_is_total() -> None:
    assert {fields[-1].removeprefix("-") for fields in SORTS.values()} == {"pk"}


def test_pages_show_every_product_once(client: Client) -> None:
    names = [f"Pot {number:02}" for number in range(50)]
    for name in names:
        a_product(name, price_minor=500)

    seen = [name for page in (1, 2, 3) for name in names_at(client, f"?sort=price&page={page}")]

    assert seen == names


@pytest.mark.parametrize(
    ("number", "words", "links"),
    [("1", "1–24 of 50", ["next"]), ("2", "25–48 of 50", ["prev", "next"]), ("999", "49–50 of 50", ["prev"])],
)
def test_a_page_says_where_one_is(client: Client, number: str, words: str, links: list[str]) -> None:
    for count in range(50):
        a_product(f"Pot {count:02}")

    page = client.get(f"/products?page={number}").content.decode()

    assert words in page
    assert [link for link in ("prev", "next") if f'rel="{link}"' in page] == links


def test_it_costs_three_queries_however_many_products(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in range(30):
        a_product(f"Pot {count:02}")
    assert Product.objects.count() == 30

    with django_assert_num_queries(3):
        client.get("/products?q=pot")
