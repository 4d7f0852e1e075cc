"""What holds for every page one looks around on."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.catalog.builders import a_product

pytestmark = pytest.mark.django_db

PAGES = ["/", "/products", "/products?q=plant", "/products?q=zzz", "/products/rubber-plant", "/nope"]


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, client: Client) -> str:
    a_product()
    a_product("Pot", on_hand=3, previous_price_minor=4000)
    return client.get(request.param).content.decode()


def test_it_has_one_first_heading(page: str) -> None:
    assert page.count("<h1") == 1


def test_it_has_no_style_or_script_of_its_own(page: str) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_every_picture_says_its_size_and_lies_below_static(page: str) -> None:
    for picture in re.findall(r"<img[^>]*>", page):
        assert re.search(r'src="/static/pictures/[\w-]+\.webp"\s+width="\d+"\s+height="\d+"\s+alt="', picture)


def test_it_shows_search_and_categories_and_the_cart(page: str) -> None:
    assert 'type="search"' in page
    assert "/products?category=plants" in page
    assert "Cart · 0" in page


@pytest.mark.parametrize("address", ["/", "/products", "/nope"])
def test_who_only_looks_gets_no_cookie(client: Client, address: str) -> None:
    assert client.get(address).cookies == {}


def test_home_costs_three_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(12):
        a_product(f"Pot {number}")

    with django_assert_num_queries(3):
        response = client.get("/")

    assert len(response.context["products"]) == 8


def test_home_shows_only_what_can_be_bought(client: Client) -> None:
    a_product("Pot", on_hand=0)

    assert list(client.get("/").context["products"]) == []


def test_an_unknown_picture_gets_a_stand_in(client: Client) -> None:
    a_product(picture="../secret.webp")

    assert b"/static/pictures/package.webp" in client.get("/products/rubber-plant").content
