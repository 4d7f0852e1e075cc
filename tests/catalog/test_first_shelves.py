"""What the shop begins with is complete: pictures, words, prices of all sizes, some of it scarce."""

from pathlib import Path

import pytest
from django.conf import settings

from webstore.catalog import pictures, shelves
from webstore.catalog.models import Product

PICTURES = Path(settings.BASE_DIR) / "webstore" / "static" / "pictures"


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return shelves.first_products(shelves.read())


def test_every_product_has_a_picture_we_have(products: list[Product]) -> None:
    used = {product.picture for product in products}

    assert used <= set(pictures.NAMES)
    assert len(used) >= 90


def test_every_picture_lies_below_static() -> None:
    assert {path.name for path in PICTURES.glob("*.webp")} == set(pictures.NAMES)


def test_the_licence_lies_beside_the_pictures() -> None:
    assert "MIT License" in (PICTURES / "LICENSE.txt").read_text()


def test_every_description_is_its_own(products: list[Product]) -> None:
    descriptions = {product.description for product in products}

    assert len(descriptions) == len(products)
    assert all(text.count(".") >= 2 or text.count(",") >= 2 for text in descriptions)


def test_every_picture_is_told_in_ten_words(products: list[Product]) -> None:
    assert all(0 < len(product.picture_alt.split()) <= 10 for product in products)


def test_prices_spread_from_small_change_to_thousands(products: list[Product]) -> None:
    prices = sorted(product.price_minor for product in products)

    assert prices[0] == 150
    assert sum(price > 100_000 for price in prices) >= 3
    assert {"Rubber plant": 3000}.items() <= {p.name: p.price_minor for p in products}.items()


def test_some_are_reduced_some_scarce_some_gone(products: list[Product]) -> None:
    reduced = [product for product in products if product.previous_price_minor]

    assert len(reduced) >= 5
    assert sum(product.is_low for product in products) >= 5
    assert 1 <= sum(product.available == 0 for product in products) <= 3
