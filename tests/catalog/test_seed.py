"""`manage.py seed` fills empty shelves, and leaves everything else alone."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from webstore.catalog.models import Category, Product

pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    said = StringIO()
    call_command("seed", *arguments, stdout=said)
    return said.getvalue()


def rows() -> list[tuple[Any, ...]]:
    return list(Product.objects.order_by("pk").values_list())


def test_it_fills_eight_categories() -> None:
    said = seed()

    assert said.endswith("140 new products, 0 were there already.\n")
    assert (Category.objects.count(), Product.objects.count()) == (8, 140)
    assert all(category.products.count() >= 12 for category in Category.objects.all())


def test_a_second_run_changes_nothing() -> None:
    seed()
    before = rows()

    said = seed()

    assert said.endswith("0 new products, 140 were there already.\n")
    assert rows() == before


def test_it_keeps_what_was_edited_and_brings_back_what_is_missing() -> None:
    seed()
    Product.objects.filter(slug="rubber-plant").update(price_minor=1, on_hand=0, name="Ours")
    Product.objects.filter(slug="wool-socks").delete()

    assert seed().endswith("1 new products, 139 were there already.\n")

    plant = Product.objects.get(slug="rubber-plant")
    assert (plant.price_minor, plant.on_hand, plant.name) == (1, 0, "Ours")


def test_it_makes_a_big_catalogue_once() -> None:
    seed("--products", "2000")
    before = rows()

    seed("--products", "2000")

    assert len(before) == 2000
    assert rows() == before


def test_a_big_catalogue_begins_with_the_small_one() -> None:
    seed("--products", "500")

    newest = Product.objects.order_by("-created_at")[:140]
    assert "rubber-plant" in {product.slug for product in newest}
    assert Product.objects.values("name").distinct().count() == 500


def test_it_says_how_far_it_is_in_plain_lines() -> None:
    said = seed("--products", "2000").splitlines()

    assert said == ["500 of 2000", "1000 of 2000", "1500 of 2000", "2000 of 2000", said[-1]]


@pytest.mark.parametrize("wrong", ["abc", "-5", "0", "139", "1000001", "1e3", "", "²"])
def test_it_refuses_a_wrong_number_in_one_line(wrong: str) -> None:
    words = f"--products must be a number from 140 to 1000000, not “{wrong}”."

    with pytest.raises(CommandError, match=f"^{re.escape(words)}$"):
        seed(f"--products={wrong}")

    assert Product.objects.count() == 0
