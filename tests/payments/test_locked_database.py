import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection
from django.test import Client

from orders.models import Order
from payments import sweeping
from payments.tasks import charge
from tests.payments.broker import Broker
from tests.payments.making import make_attempt, make_product
from tests.payments.test_checkout_page import filled

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite locks the whole database"),
]


@pytest.fixture
def form(client: Client) -> Iterator[dict[str, str]]:
    """Return a filled form, and let this test wait 0.2 s for a lock at most."""
    client.post("/cart/add", {"slug": make_product().slug, "quantity": 1})
    client.raise_request_exception = False
    form = filled(client)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")
    yield form
    connection.close()


def test_a_database_locked_for_long_means_come_back_later(client: Client, form: dict[str, str]) -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        response = client.post("/checkout", form)

    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "Back in a moment" in response.content.decode()
    assert Order.objects.count() == 0


def test_the_same_form_places_the_order_afterwards(client: Client, form: dict[str, str]) -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        client.post("/checkout", form)

    assert client.post("/checkout", form).status_code == 302
    assert Order.objects.count() == 1


@pytest.mark.usefixtures("form")
def test_a_locked_row_is_rung_for_by_the_next_sweep(broker: Broker) -> None:
    attempt = make_attempt(rung_at=None)
    broker.empty()
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        assert sweeping.sweep(charge) == 0

    assert sweeping.sweep(charge) == 1
    assert [message["headers"]["argsrepr"] for message in broker.messages("payments")] == [f"({attempt.pk},)"]
