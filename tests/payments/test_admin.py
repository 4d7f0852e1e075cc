import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from payments import charging
from tests.payments.edge import Edge, decline
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_shows_the_attempts_of_an_order(admin_client: Client, edge: Edge) -> None:
    attempt = make_attempt(traceparent=TRACEPARENT)
    edge.script = [decline]
    charging.charge(attempt.pk)

    page = admin_client.get(f"/admin/orders/order/{attempt.order_id}/change/").content.decode()

    for shown in ("Payment attempts", "Declined", "ch_no", "card_declined", attempt.idempotency_key):
        assert shown in page
    assert "/traces/0af7651916cd43dd8448eb211c80319c" in page
    assert 'name="attempts-0' not in page


def test_finds_an_order_by_the_providers_reference(admin_client: Client) -> None:
    attempt = make_attempt(provider_reference="ch_123")
    other = make_attempt(provider_reference="ch_1234")

    page = admin_client.get("/admin/orders/order/", {"q": "ch_123"}).content.decode()

    assert attempt.order.number in page
    assert other.order.number not in page


def test_an_order_costs_few_queries(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = make_attempt()

    with django_assert_max_num_queries(8):
        admin_client.get(f"/admin/orders/order/{attempt.order_id}/change/")
