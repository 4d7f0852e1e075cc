"""What came or went otherwise than by a sale is recorded, together with the change."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F, Sum
from django.test import Client

from tests.catalog.builders import a_product
from tests.catalog.test_catalog_admin import form_of
from webstore.catalog import stock
from webstore.catalog.models import Product, StockAdjustment
from webstore.catalog.seeding import seed

pytestmark = pytest.mark.django_db


def records() -> list[tuple[int, str, str]]:
    return list(StockAdjustment.objects.values_list("delta", "reason", "actor"))


def unrecorded() -> int:
    """Return how many products have other units on hand than came by the records."""
    recorded = Product.objects.annotate(recorded=Sum("adjustments__delta", default=0))
    return recorded.exclude(recorded=F("on_hand")).count()


def test_a_correction_is_recorded() -> None:
    product = a_product(on_hand=10)

    assert stock.correct(product.pk, by=-3, reason="broken", actor="ann") is True

    assert records() == [(-3, "broken", "ann")]


def test_a_refused_correction_leaves_no_record() -> None:
    product = a_product(on_hand=10, reserved=9)

    assert stock.correct(product.pk, by=-2) is False

    assert records() == []


def test_a_count_that_changes_nothing_leaves_no_record() -> None:
    assert stock.correct(a_product().pk, by=0) is True

    assert records() == []


def test_the_first_shelves_are_recorded() -> None:
    seed(product_count=200, on_progress=lambda _: None)

    assert (Product.objects.count(), unrecorded()) == (200, 0)


def test_seeding_again_records_what_is_new_only() -> None:
    seed(product_count=None, on_progress=lambda _: None)
    before = records()
    Product.objects.update(on_hand=F("on_hand") + 1)

    seed(product_count=200, on_progress=lambda _: None)

    assert records()[: len(before)] == before
    assert unrecorded() == 140


def test_staff_are_named_with_what_they_counted(admin_client: Client) -> None:
    product = a_product(on_hand=10)
    form = form_of(product, on_hand=15, on_hand_reason="a parcel came")
    Product.objects.update(on_hand=F("on_hand") - 1)

    admin_client.post(f"/admin/catalog/product/{product.pk}/change/", form)

    assert records() == [(5, "a parcel came", "admin")]


def test_without_a_reason_it_was_counted(admin_client: Client) -> None:
    product = a_product(on_hand=10)

    admin_client.post(f"/admin/catalog/product/{product.pk}/change/", form_of(product, on_hand=8))

    assert records() == [(-2, "counted", "admin")]


def test_a_new_product_comes_with_its_record(admin_client: Client) -> None:
    form = form_of(a_product(), name="Fern", slug="fern", on_hand=7)

    admin_client.post("/admin/catalog/product/add/", form)

    assert records() == [(7, "first stock", "admin")]


def test_the_product_page_shows_the_record(admin_client: Client) -> None:
    product = a_product(on_hand=10)
    stock.correct(product.pk, by=2, reason="<b>found</b>", actor="ann")

    page = admin_client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()

    assert "+2 · &lt;b&gt;found&lt;/b&gt; · ann · " in page


def test_products_from_before_there_was_a_record_get_one() -> None:
    old, recorded = a_product("Old", on_hand=4), a_product("New", on_hand=6)
    stock.record_first(Product.objects.filter(pk=recorded.pk))
    migration = importlib.import_module("orders.migrations.0009_record_first_stock")

    migration.fill(apps, SimpleNamespace(connection=connection))

    assert list(StockAdjustment.objects.values_list("product", "delta")) == [(recorded.pk, 6), (old.pk, 4)]
