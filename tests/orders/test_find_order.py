"""Number and e-mail together lead to the order; a miss never says which was wrong."""

import pytest
from django.test import Client

from orders.forms import NOT_FOUND
from orders.models import Order
from orders.placing import Customer
from tests.orders import builders
from webstore.catalog.models import Product


def find(client: Client, number: str, email: str = "mara@example.com") -> tuple[int, str, str]:
    answer = client.post("/orders/find", {"number": number, "email": email})
    return answer.status_code, answer.get("Location", ""), answer.content.decode()


def test_number_and_e_mail_open_the_order(client: Client, placed: Order) -> None:
    assert find(client, placed.number)[:2] == (302, placed.get_absolute_url())


def test_lower_case_spaces_and_a_missing_dash_are_fine(client: Client, placed: Order) -> None:
    number = placed.number.lower()

    for typed in (number.replace("-", ""), f" {number} ", number.replace("-", " – "), " ".join(number)):
        assert find(client, typed, " MARA@Example.com ")[:2] == (302, placed.get_absolute_url())


@pytest.mark.parametrize("number", ["2222-2222", "x", "–", "K7QP4M2X9", "%_%_-%_%_"])
def test_a_miss_is_one_constant_sentence(client: Client, placed: Order, number: str) -> None:
    status, location, html = find(client, number)

    assert (status, location) == (200, "")
    assert NOT_FOUND in html
    assert "<title>Error: Find an order · WebStore</title>" in html


def test_a_wrong_e_mail_reads_like_a_wrong_number(client: Client, placed: Order) -> None:
    wrong_email = find(client, placed.number, "dan@example.com")[2]
    wrong_number = find(client, "2222-2222", "dan@example.com")[2]

    assert NOT_FOUND in wrong_email
    assert wrong_email.count("field-error") == wrong_number.count("field-error") == 0


@pytest.mark.parametrize("email", ["%", "_ara@example.com", "mara@example.co%"])
def test_wildcards_match_nothing(client: Client, placed: Order, email: str) -> None:
    assert find(client, placed.number, email)[1] == ""


def test_another_customer_s_order_stays_closed(client: Client, placed: Order, coffee: Product) -> None:
    dan = Customer("dan@example.com", "Dan", "1 Road", "US", "card")
    other = builders.placed_order((coffee, 1), customer=dan)

    assert find(client, other.number)[1] == ""


@pytest.mark.parametrize(("number", "email"), [("", ""), ("\x00", "\x00"), ("9" * 5000, "a" * 5000)])
def test_garbage_says_what_right_looks_like(client: Client, db: None, number: str, email: str) -> None:
    status, _, html = find(client, number, email)

    assert status == 200
    assert "2 things to fix" in html
    assert "like name@example.com." in html


def test_the_form_says_what_a_number_looks_like(client: Client, db: None) -> None:
    html = client.get("/orders/find").content.decode()

    assert "It looks like K7QP-4M2X." in html
    assert 'autocomplete="off"' in html
