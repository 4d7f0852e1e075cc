import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from orders.models import Order
from payments import bell
from payments.models import PaymentAttempt
from payments.tasks import charge
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker, hung_broker, publishing_to
from tests.payments.making import make_product
from tests.payments.test_checkout_page import filled
from tests.recording import Telemetry

MISSED = {"task": "payments.tasks.charge"}


@pytest.fixture(autouse=True)
def _free_bell(broker: Broker) -> Iterator[None]:
    """Leave no bell behind that still waits for a broker that never answers."""
    yield
    _wait_until_it_rings()


def _wait_until_it_rings() -> None:
    waited_until = time.monotonic() + 15
    while not bell.ring(charge, 0) and time.monotonic() < waited_until:
        time.sleep(0.1)


def _check_out(client: Client) -> float:
    """Place an order through the forms; return how long the POST took."""
    client.post("/cart/add", {"slug": make_product().slug, "quantity": 1})
    form = filled(client)
    started = time.monotonic()
    assert client.post("/checkout", form).status_code == 302
    return time.monotonic() - started


@pytest.mark.django_db
def test_without_a_broker_the_order_stands(client: Client, telemetry: Telemetry, tmp_path: Path) -> None:
    with publishing_to(f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0"):
        seconds = _check_out(client)

    attempt = PaymentAttempt.objects.get()
    assert seconds <= 1.5
    assert Order.objects.get().status == "placed"
    assert (attempt.state, attempt.rung_at) == ("due", None)
    assert telemetry.count("webstore.doorbells.missed", MISSED) == 1


@pytest.mark.django_db
def test_a_hung_broker_holds_nobody_up(client: Client, telemetry: Telemetry, tmp_path: Path) -> None:
    with hung_broker(tmp_path / "hung.sock") as url, publishing_to(url):
        first, second = _check_out(client), _check_out(client)

    assert 1.0 <= first <= 3.0
    assert second <= 0.5
    assert telemetry.count("webstore.doorbells.missed", MISSED) == 2
    assert PaymentAttempt.objects.filter(state="due", rung_at=None).count() == 2


def test_many_at_a_hung_broker_wait_a_second_in_all(tmp_path: Path) -> None:
    with hung_broker(tmp_path / "hung.sock") as url, publishing_to(url):
        started = time.monotonic()
        rung = all_at_once([lambda: bell.ring(charge, 1)] * 12)

    assert rung == [False] * 12
    assert time.monotonic() - started < 2.0


def test_it_rings_again_once_the_broker_is_back(broker: Broker, tmp_path: Path) -> None:
    with hung_broker(tmp_path / "hung.sock") as url, publishing_to(url):
        assert not bell.ring(charge, 1)

    _wait_until_it_rings()
    broker.empty()
    assert bell.ring(charge, 7)
    assert [message["headers"]["argsrepr"] for message in broker.messages("payments")] == ["(7,)"]


def test_it_rings_in_one_thread(broker: Broker) -> None:
    assert all(all_at_once([lambda: bell.ring(charge, 1)] * 8))

    assert len(broker.messages("payments")) == 8
    assert len([thread for thread in threading.enumerate() if thread.name == "bell"]) == 1


def test_it_rings_in_a_forked_child(broker: Broker) -> None:
    bell.ring(charge, 1)

    child = os.fork()
    if child == 0:
        os._exit(0 if bell.ring(charge, 2) else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert len(broker.messages("payments")) == 2
