import re
import uuid
from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from payments import charging
from payments.models import PaymentAttempt
from payments.paying_again import pay_again
from payments.starting import Payment
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker
from tests.payments.edge import Edge, decline
from tests.payments.making import kinds_of, make_attempt, make_order

pytestmark = pytest.mark.django_db

PAYPAL = Payment("paypal", "tok_approve")


@pytest.fixture
def declined(edge: Edge) -> Order:
    """Return an order whose first payment was declined."""
    attempt = make_attempt()
    edge.script = [decline]
    charging.charge(attempt.pk)
    return attempt.order


def _filled(client: Client, order: Order, **changes: str) -> dict[str, str]:
    page = client.get(f"/orders/{order.token}/pay").content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return hidden | {"payment_method": "paypal", "payment_token": "tok_approve"} | changes


def _post(client: Client, order: Order, **changes: str) -> Any:
    return client.post(f"/orders/{order.token}/pay", _filled(client, order, **changes))


def test_a_declined_order_can_be_paid_another_way(client: Client, declined: Order) -> None:
    response = _post(client, declined)

    attempt = PaymentAttempt.objects.latest("pk")
    assert (response.status_code, response["Location"]) == (302, f"/orders/{declined.token}")
    assert (attempt.state, attempt.payment_method, attempt.amount_minor) == ("due", "paypal", 4186)
    assert Order.objects.get().payment_method == "paypal"
    assert kinds_of(declined)[-1] == "charging"


def test_the_new_attempt_pays_with_a_key_of_its_own(client: Client, declined: Order, edge: Edge) -> None:
    _post(client, declined)

    charging.charge(PaymentAttempt.objects.latest("pk").pk)

    assert Order.objects.get().status == "paid"
    assert len(set(edge.keys)) == 2
    assert list(PaymentAttempt.objects.values_list("state", flat=True)) == ["declined", "approved"]


def test_the_page_shows_what_is_charged(client: Client, declined: Order) -> None:
    page = client.get(f"/orders/{declined.token}/pay")

    assert page.status_code == 200
    assert "Pay $41.86" in page.content.decode()


def test_one_form_begins_one_attempt(client: Client, declined: Order, edge: Edge) -> None:
    form = _filled(client, declined)
    client.post(f"/orders/{declined.token}/pay", form)
    edge.script = [decline]
    charging.charge(PaymentAttempt.objects.latest("pk").pk)

    response = client.post(f"/orders/{declined.token}/pay", form)

    assert response.status_code == 302
    assert PaymentAttempt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_forms_at_once_begin_one_attempt(declined: Order, broker: Broker) -> None:
    broker.empty()

    begun = all_at_once([lambda: pay_again(declined, PAYPAL, form_token=uuid.uuid4())] * 4)

    assert sorted(begun) == [False, False, False, True]
    assert PaymentAttempt.objects.count() == 2
    assert len(broker.messages("payments")) == 1


@pytest.mark.parametrize("state", ["due", "charging", "unknown", "review"])
def test_nothing_is_asked_while_a_payment_is_under_way(client: Client, state: str) -> None:
    attempt = make_attempt(state=state, lease_id=uuid.uuid4(), lease_until="2030-01-01T00:00Z")

    response = client.get(f"/orders/{attempt.order.token}/pay")

    assert (response.status_code, response["Location"]) == (302, f"/orders/{attempt.order.token}")
    assert not pay_again(attempt.order, PAYPAL, form_token=uuid.uuid4())
    assert Order.objects.get().payment_method == "card"


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_an_order_that_is_over_is_not_paid(client: Client, declined: Order, status: str) -> None:
    form = _filled(client, declined)
    Order.objects.update(status=status)

    assert client.post(f"/orders/{declined.token}/pay", form).status_code == 302
    assert not pay_again(declined, PAYPAL, form_token=uuid.uuid4())
    assert PaymentAttempt.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("payment_method", "gold", "Choose how to pay: card, PayPal or bank transfer."),
        ("payment_token", "", "Choose what the practice provider does, like “Approves”."),
        ("checkout_token", "x", "This form did not arrive as we sent it."),
    ],
)
def test_says_what_is_wrong(client: Client, declined: Order, field: str, value: str, words: str) -> None:
    response = _post(client, declined, **{field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: Pay" in page
    assert words in page
    assert PaymentAttempt.objects.count() == 1


def test_a_foreign_token_is_not_found(client: Client) -> None:
    make_order()

    assert client.get(f"/orders/{'x' * 43}/pay").status_code == 404


def test_without_its_csrf_token_pays_nothing(client: Client, declined: Order) -> None:
    form = _filled(client, declined)
    client.handler.enforce_csrf_checks = True

    response = client.post(f"/orders/{declined.token}/pay", {**form, "csrfmiddlewaretoken": ""})

    assert response.status_code == 403
    assert PaymentAttempt.objects.count() == 1
