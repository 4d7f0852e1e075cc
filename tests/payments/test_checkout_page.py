import re
from typing import Any

import pytest
from django.test import Client

from orders.models import CartLine, Order
from payments.models import PaymentAttempt
from tests.payments.making import make_product
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

TYPED = {
    "email": "mara@example.com",
    "country": "DE",
    "name": "Mara Jones",
    "address": "12 Orchard Lane\r\n10115 Berlin",
    "payment_method": "paypal",
    "payment_token": "tok_approve",
}


@pytest.fixture
def product() -> Product:
    return make_product()


@pytest.fixture
def shopper(client: Client, product: Product) -> Client:
    """Return a browser with one product in its cart."""
    client.post("/cart/add", {"slug": product.slug, "quantity": 1})
    return client


def filled(shopper: Client, **changes: str) -> dict[str, str]:
    """Return the page's form as a customer sends it, with some fields sent otherwise."""
    page = shopper.get("/checkout").content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return hidden | TYPED | changes


def post(shopper: Client, **changes: str) -> Any:
    return shopper.post("/checkout", filled(shopper, **changes))


def test_shows_the_amount_on_the_button(shopper: Client) -> None:
    page = shopper.get("/checkout")

    assert page.status_code == 200
    assert "Place order · $41.86" in page.content.decode()


def test_asks_browsers_to_help_with_typing(shopper: Client) -> None:
    page = shopper.get("/checkout").content.decode()

    (email,) = re.findall(r'<input type="email"[^>]*>', page)
    for attribute in ('autocomplete="email"', 'inputmode="email"', 'enterkeyhint="next"', "required"):
        assert attribute in email
    assert 'autocomplete="shipping country"' in page
    assert 'autocomplete="shipping name"' in page


def test_places_the_order_and_leads_to_it(shopper: Client) -> None:
    response = post(shopper)

    order = Order.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/orders/{order.token}")
    assert (order.country, order.payment_method) == ("DE", "paypal")
    assert order.address == "12 Orchard Lane\n10115 Berlin"


def test_sent_twice_leads_to_the_same_order(shopper: Client) -> None:
    form = filled(shopper)

    first, second = shopper.post("/checkout", form), shopper.post("/checkout", form)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert (Order.objects.count(), PaymentAttempt.objects.count()) == (1, 1)


def test_an_empty_cart_leads_back_to_the_cart(client: Client) -> None:
    page = client.get("/checkout")

    assert (page.status_code, page["Location"]) == (302, "/cart")
    assert client.cookies.get("sessionid") is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "Enter the e-mail the receipt goes to, like name@example.com."),
        ("email", "mara", "Enter the e-mail the receipt goes to, like name@example.com."),
        ("email", "m" * 300 + "@example.com", "Enter the e-mail the receipt goes to, like name@example.com."),
        ("country", "XX", "Choose a country of the list; we deliver to these only."),
        ("name", " ", "Enter the name for the parcel, like Mara Jones."),
        ("name", "x" * 121, "Enter a name of 120 characters at most."),
        ("name", "a\x00b", "Null characters are not allowed."),
        ("address", "", "Enter where the parcel goes, like 12 Orchard Lane, 90210 Springfield."),
        ("payment_method", "gold", "Choose how to pay: card, PayPal or bank transfer."),
        ("payment_token", "tok_free", "Choose what the practice provider does, like “Approves”."),
        ("checkout_token", "1' OR 1=1", "This form did not arrive as we sent it."),
        ("checkout_token", "", "This form did not arrive as we sent it."),
        ("shown_total_minor", "-1", "This form did not arrive as we sent it."),
        ("shown_total_minor", "9" * 40, "This form did not arrive as we sent it."),
        ("shown_sign", "garbage", "This form did not arrive as we sent it."),
    ],
)
def test_says_what_is_wrong_beside_what_was_typed(
    shopper: Client, field: str, value: str, words: str
) -> None:
    response = post(shopper, **{field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: Checkout · WebStore</title>" in page
    assert words in page
    assert field == "address" or "12 Orchard Lane\r\n10115 Berlin</textarea>" in page
    assert Order.objects.count() == 0


def test_a_damaged_form_comes_back_whole(shopper: Client) -> None:
    response = post(shopper, checkout_token="garbage", shown_total_minor="none")

    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()))
    assert shopper.post("/checkout", hidden | TYPED).status_code == 302
    assert Order.objects.count() == 1


def test_another_price_comes_back_to_be_confirmed(shopper: Client, product: Product) -> None:
    form = filled(shopper)
    Product.objects.filter(pk=product.pk).update(price_minor=3936)

    response = shopper.post("/checkout", form)

    page = response.content.decode()
    assert response.status_code == 409
    assert "The total changed from $41.86 to $39.36." in page
    assert "Place order · $39.36" in page
    assert "12 Orchard Lane" in page
    assert Order.objects.count() == 0


def test_other_things_for_the_same_total_come_back_to_be_confirmed(shopper: Client) -> None:
    form = filled(shopper)
    CartLine.objects.update(product=make_product())

    response = shopper.post("/checkout", form)

    assert response.status_code == 409
    assert "Your cart was changed in another window." in response.content.decode()
    assert shopper.post("/checkout", filled(shopper)).status_code == 302
    assert Order.objects.count() == 1


def test_a_cart_sold_out_meanwhile_leads_to_the_cart(shopper: Client, product: Product) -> None:
    form = filled(shopper)
    Product.objects.filter(pk=product.pk).update(on_hand=0)

    response = shopper.post("/checkout", form, follow=True)

    assert response.redirect_chain == [("/cart", 302)]
    assert f"{product.name}: sold out a moment ago." in response.content.decode()


def test_without_its_csrf_token_places_nothing(shopper: Client) -> None:
    form = filled(shopper)
    shopper.handler.enforce_csrf_checks = True

    assert shopper.post("/checkout", {**form, "csrfmiddlewaretoken": ""}).status_code == 403
    assert Order.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_takes_no_other_methods(shopper: Client, method: str) -> None:
    assert getattr(shopper, method)("/checkout").status_code == 405
