"""The staff edits products while orders come in."""

import pytest
from django.db.models import F
from django.test import Client

from tests.catalog.builders import a_product
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db


def form_of(product: Product, **changes: object) -> dict[str, object]:
    """Return what the browser sends: the form as it was shown, with changes typed over it."""
    names = ("name", "slug", "fact", "description", "picture", "picture_alt", "price_minor", "on_hand")
    shown = {name: getattr(product, name) for name in names}
    shown |= {"category": product.category_id, "initial-on_hand": product.on_hand, "previous_price_minor": ""}
    return {**shown, **changes}


def test_a_recount_keeps_the_sales_that_happened_meanwhile(admin_client: Client) -> None:
    product = a_product(on_hand=10, reserved=2)
    form = form_of(product, on_hand=15)
    Product.objects.update(on_hand=F("on_hand") - 1, reserved=F("reserved") - 1)

    response = admin_client.post(f"/admin/catalog/product/{product.pk}/change/", form)

    product.refresh_from_db()
    assert response.status_code == 302
    assert (product.on_hand, product.reserved) == (14, 1)


def test_the_form_remembers_the_stock_it_showed(admin_client: Client) -> None:
    product = a_product(on_hand=10)

    page = admin_client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()

    assert '<input type="hidden" name="initial-on_hand" value="10"' in page


def test_a_new_price_leaves_the_stock_alone(admin_client: Client) -> None:
    product = a_product(on_hand=10)
    form = form_of(product, price_minor=2500)
    Product.objects.update(on_hand=3, reserved=3)

    admin_client.post(f"/admin/catalog/product/{product.pk}/change/", form)

    product.refresh_from_db()
    assert (product.price_minor, product.on_hand, product.reserved) == (2500, 3, 3)


def test_promised_units_cannot_be_counted_away(admin_client: Client) -> None:
    product = a_product(on_hand=10, reserved=4)

    response = admin_client.post(
        f"/admin/catalog/product/{product.pk}/change/", form_of(product, on_hand=3, price_minor=1)
    )

    product.refresh_from_db()
    assert b"4 units are promised to orders." in response.content
    assert (product.on_hand, product.price_minor) == (10, 3000)


def test_reserved_cannot_be_typed(admin_client: Client) -> None:
    product = a_product(on_hand=10)

    admin_client.post(f"/admin/catalog/product/{product.pk}/change/", form_of(product, reserved=9))

    product.refresh_from_db()
    assert product.reserved == 0


def test_a_new_product_goes_on_the_shelf(admin_client: Client) -> None:
    form = form_of(a_product(), name="Fern", slug="fern", on_hand=7)

    admin_client.post("/admin/catalog/product/add/", form)

    assert Product.objects.get(slug="fern").available == 7


@pytest.mark.parametrize(
    "address", ["", "catalog/product/?q=plant", "catalog/category/", "catalog/product/add/"]
)
def test_its_pages_wear_our_colours(admin_client: Client, address: str) -> None:
    a_product()

    page = admin_client.get(f"/admin/{address}").content.decode()

    assert "css/admin.css" in page
    assert "dark_mode.css" not in page
