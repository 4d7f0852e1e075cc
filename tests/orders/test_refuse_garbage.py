"""What strangers send: never a 500, never a change."""

import pytest
from django.test import Client

from orders.models import Cart, CartLine, Order
from webstore.catalog.models import Product

GARBAGE = ["", "-1", "two", "1.5", "9" * 5000, "\x00", "NaN", "1e3", "' OR 1=1"]
ACTIONS = ["/cart/add", "/cart/change", "/cart/remove", "/orders/find"]


@pytest.mark.parametrize("quantity", [*GARBAGE, "0"])
def test_adding_a_senseless_quantity_leads_back_to_the_product(
    client: Client, apples: Product, quantity: str
) -> None:
    answer = client.post("/cart/add", {"slug": apples.slug, "quantity": quantity})

    assert (answer.status_code, answer["Location"]) == (302, "/products/braeburn-apples")
    assert Cart.objects.count() == 0


def test_adding_says_what_a_quantity_looks_like(client: Client, apples: Product) -> None:
    html = client.post("/cart/add", {"slug": apples.slug, "quantity": "two"}, follow=True).content.decode()

    assert "Enter a whole number, like 2." in html


@pytest.mark.parametrize("slug", ["", "no-such-thing", "../etc", "\x00", "a" * 5000, "ä"])
def test_adding_an_unknown_product_is_not_found(client: Client, apples: Product, slug: str) -> None:
    answer = client.post("/cart/add", {"slug": slug, "quantity": 1})

    assert answer.status_code == 404
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("-1", "Enter 1 or more, or 0 to remove it."),
        ("two", "Enter a whole number, like 2."),
        ("", "Enter how many, like 2."),
        ("9" * 5000, "Enter a whole number, like 2."),
    ],
)
def test_changing_to_a_senseless_quantity_says_so_at_the_field(
    shopper: Client, quantity: str, words: str
) -> None:
    line = CartLine.objects.get()

    answer = shopper.post("/cart/change", {"line": line.pk, "quantity": quantity})
    html = answer.content.decode()

    assert answer.status_code == 422
    assert f'id="line-{line.pk}-quantity_error"' in html
    assert 'aria-invalid="true"' in html
    assert words in html
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize("line", [*GARBAGE, "0", "99999", str(2**63), str(10**30)])
@pytest.mark.parametrize("action", ["/cart/change", "/cart/remove"])
def test_a_senseless_line_is_not_found(shopper: Client, action: str, line: str) -> None:
    answer = shopper.post(action, {"line": line, "quantity": 1})

    assert answer.status_code == 404
    assert CartLine.objects.get().quantity == 2


@pytest.mark.parametrize("action", ["/cart/change", "/cart/remove"])
def test_a_line_of_another_cart_is_not_found(shopper: Client, action: str) -> None:
    line = CartLine.objects.get()
    stranger = Client()
    stranger.post("/cart/add", {"slug": "house-blend-coffee", "quantity": 1})

    for visitor in (stranger, Client()):
        assert visitor.post(action, {"line": line.pk, "quantity": 9}).status_code == 404
    assert CartLine.objects.get(pk=line.pk).quantity == 2


@pytest.mark.parametrize("action", ACTIONS)
def test_a_post_without_the_form_s_secret_is_refused(db: None, action: str) -> None:
    assert Client(enforce_csrf_checks=True).post(action).status_code == 403


@pytest.mark.parametrize("action", ACTIONS[:3])
def test_changes_need_a_post(client: Client, action: str) -> None:
    assert client.get(action).status_code == 405


@pytest.mark.parametrize("query", ["slug=no-such&quantity=1", "slug=%00&quantity=x", "quantity=99&slug="])
def test_a_made_up_undo_shows_nothing(client: Client, db: None, query: str) -> None:
    answer = client.get(f"/cart?{query}")

    assert answer.status_code == 200
    assert "Removed" not in answer.content.decode()


def test_a_session_with_a_lost_cart_starts_anew(shopper: Client) -> None:
    Cart.objects.all().delete()

    assert "Your cart is empty." in shopper.get("/cart").content.decode()
    assert shopper.post("/cart/add", {"slug": "house-blend-coffee", "quantity": 1}).status_code == 302
    assert Order.objects.count() == 0
