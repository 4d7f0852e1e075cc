import pytest
from django.test import Client

from orders.models import Order
from payments import charging, sweeping
from payments.models import PaymentAttempt
from payments.tasks import charge
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker
from tests.payments.edge import Edge
from tests.payments.making import make_attempt, make_product
from tests.payments.test_checkout_page import filled
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def _post(cookies: dict[str, str], form: dict[str, str]) -> tuple[int, str]:
    browser = Client()
    browser.cookies.load(cookies)
    response = browser.post("/checkout", form)
    return response.status_code, response.headers.get("Location", "")


def test_one_form_twenty_times_places_one_order(client: Client, broker: Broker) -> None:
    product = make_product()
    client.post("/cart/add", {"slug": product.slug, "quantity": 2})
    form = filled(client)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    answers = all_at_once([lambda: _post(cookies, form)] * 20)

    order = Order.objects.get()
    assert answers == [(302, f"/orders/{order.token}")] * 20
    assert PaymentAttempt.objects.count() == 1
    assert Product.objects.get(pk=product.pk).reserved == 2
    assert len(broker.messages("payments")) == 1


def test_two_workers_charge_once(edge: Edge) -> None:
    attempt = make_attempt()

    all_at_once([lambda: charging.charge(attempt.pk)] * 2)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries) == ("approved", 1)
    assert edge.keys == [attempt.idempotency_key]


def test_one_message_many_times_charges_once(edge: Edge) -> None:
    attempt = make_attempt()

    all_at_once([lambda: charging.charge(attempt.pk)] * 5)
    charging.charge(attempt.pk)

    assert edge.keys == [attempt.idempotency_key]


def test_two_sweeps_ring_once(broker: Broker) -> None:
    make_attempt(rung_at=None)
    broker.empty()

    rung = all_at_once([lambda: sweeping.sweep(charge)] * 2)

    assert sorted(rung) == [0, 1]
    assert len(broker.messages("payments")) == 1
