"""Unpaid orders end, by their customers or by time; never while a payment may still arrive."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from opentelemetry.trace import format_trace_id

from orders.models import Order
from payments import charging, closing
from payments.closing import PaymentUnderWay
from payments.models import PaymentAttempt
from payments.paying_again import pay_again
from payments.starting import Payment
from payments.tasks import sweep
from tests.payments.at_once import all_at_once
from tests.payments.edge import Edge, decline
from tests.payments.making import kinds_of, make_attempt
from tests.recording import Telemetry
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

PAYPAL = Payment("paypal", "tok_approve")
UNDER_WAY = ["charging", "unknown", "review"]
LEASE = {"lease_id": uuid.UUID(int=5), "lease_until": "2030-01-01T00:00Z"}


def _overdue(**fields: Any) -> Order:
    """Return an order whose things were kept long enough."""
    attempt = make_attempt(**fields)
    Order.objects.update(reserved_until=timezone.now() - timedelta(seconds=1))
    return attempt.order


def _stand() -> tuple[str, int, str]:
    """Return how the one order, the reservation and the newest attempt stand."""
    newest = PaymentAttempt.objects.latest("pk")
    return Order.objects.get().status, Product.objects.get().reserved, newest.state


def _cancel(order: Order) -> bool | str:
    try:
        return closing.cancel(order)
    except PaymentUnderWay:
        return "under way"


def test_a_customer_cancels_before_the_payment(client: Client) -> None:
    order = make_attempt().order
    answers = [client.post(f"/orders/{order.token}/cancel") for _ in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"/orders/{order.token}")
    ] * 2
    assert (_stand(), kinds_of(order)) == (("cancelled", 0, "cancelled"), ["placed", "cancelled"])


def test_a_customer_cancels_after_a_decline(client: Client, edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [decline]
    charging.charge(attempt.pk)
    assert "Cancel the order" in client.get(f"/orders/{attempt.order.token}").content.decode()

    client.post(f"/orders/{attempt.order.token}/cancel")

    assert _stand() == ("cancelled", 0, "declined")
    page = client.get(f"/orders/{attempt.order.token}").content.decode()
    assert "<h1>Cancelled</h1>" in page
    assert "Shop again" in page


@pytest.mark.parametrize("state", UNDER_WAY)
def test_nobody_cancels_while_a_payment_is_under_way(client: Client, state: str) -> None:
    order = make_attempt(state=state, **LEASE).order

    page = client.post(f"/orders/{order.token}/cancel", follow=True).content.decode()

    assert "The payment is under way right now, so the order was not cancelled." in page
    assert (_stand(), kinds_of(order)) == (("placed", 1, state), ["placed"])


def test_a_paid_order_is_not_cancelled(client: Client, edge: Edge) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)

    client.post(f"/orders/{attempt.order.token}/cancel")

    assert _stand() == ("paid", 0, "approved")


def test_a_cancelled_order_is_not_charged(edge: Edge) -> None:
    attempt = make_attempt()
    closing.cancel(attempt.order)

    charging.charge(attempt.pk)

    assert edge.asked == []


@pytest.mark.parametrize("token", ["x" * 43, "1"])
def test_a_foreign_token_cancels_nothing(client: Client, token: str) -> None:
    make_attempt()

    assert client.post(f"/orders/{token}/cancel").status_code == 404
    assert _stand() == ("placed", 1, "due")


def test_only_a_form_of_ours_cancels() -> None:
    order = make_attempt().order
    stranger = Client(enforce_csrf_checks=True)

    assert stranger.post(f"/orders/{order.token}/cancel").status_code == 403
    assert stranger.get(f"/orders/{order.token}/cancel").status_code == 405
    assert _stand() == ("placed", 1, "due")


@pytest.mark.parametrize("state", ["declined", "error", "cancelled"])
def test_an_order_nobody_pays_for_expires(state: str) -> None:
    order = _overdue(state=state)

    assert [closing.expire_overdue() for _ in range(2)] == [1, 0]

    assert (_stand(), kinds_of(order)) == (("expired", 0, state), ["placed", "expired"])


@pytest.mark.parametrize("state", ["due", *UNDER_WAY])
def test_no_order_expires_while_a_payment_is_under_way(state: str) -> None:
    order = _overdue(state=state, **LEASE)

    assert closing.expire_overdue() == 0

    assert (_stand(), kinds_of(order)) == (("placed", 1, state), ["placed"])


def test_a_payment_that_begins_at_the_last_moment_keeps_the_order() -> None:
    _overdue(state="declined")

    def begin_exactly_here(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "orders_order"'):
            PaymentAttempt.objects.update(state="due")
        return execute(sql, *rest)

    with connection.execute_wrapper(begin_exactly_here):
        assert closing.expire_overdue() == 0

    # The attempt came in the same transaction here, and went with it.
    assert _stand() == ("placed", 1, "declined")


def test_an_order_without_a_payment_expires_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "_RUN_LIMIT", 1)
    broken, usual = _overdue(state="declined"), _overdue(state="declined")
    Order.objects.filter(pk=broken.pk).update(reserved_until=timezone.now() - timedelta(hours=1))
    broken.attempts.all().delete()

    assert [closing.expire_overdue() for _ in range(3)] == [1, 1, 0]

    assert kinds_of(broken) == kinds_of(usual) == ["placed", "expired"]
    assert [product.reserved for product in Product.objects.all()] == [0, 0]


def test_every_sweep_looks_for_them() -> None:
    _overdue(state="declined")

    sweep()

    assert _stand() == ("expired", 0, "declined")


def test_no_order_expires_before_its_time() -> None:
    make_attempt(state="declined")

    assert closing.expire_overdue() == 0


def test_a_decline_leaves_time_for_another_way_to_pay(edge: Edge) -> None:
    order = _overdue()
    edge.script = [decline]

    charging.charge(order.attempts.get().pk)

    assert closing.expire_overdue() == 0
    assert pay_again(order, PAYPAL, form_token=uuid.uuid4())


def test_it_expires_in_the_payments_trace(telemetry: Telemetry) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    order = _overdue(state="declined", traceparent=traceparent)

    closing.expire_overdue()

    [span] = telemetry.spans("expire_order")
    assert span.context is not None
    assert format_trace_id(span.context.trace_id) == "0af7651916cd43dd8448eb211c80319c"
    assert order.history.latest("pk").trace_id == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(4))
def test_cancelled_or_charged_but_never_both(edge: Edge, _round: int) -> None:
    attempt = make_attempt()

    [cancelled, _] = all_at_once([lambda: _cancel(attempt.order), lambda: charging.charge(attempt.pk)])

    if cancelled is True:
        assert (_stand(), edge.asked) == (("cancelled", 0, "cancelled"), [])
    else:
        assert (_stand(), len(edge.asked)) == (("paid", 0, "approved"), 1)


def test_no_payment_begins_when_the_time_is_over(client: Client) -> None:
    order = _overdue(state="declined")

    assert client.get(f"/orders/{order.token}/pay").status_code == 302
    assert not pay_again(order, PAYPAL, form_token=uuid.uuid4())

    assert _stand() == ("placed", 1, "declined")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(4))
def test_cancelled_or_paid_again_but_never_both(_round: int) -> None:
    order = make_attempt(state="declined").order

    [cancelled, begun] = all_at_once(
        [lambda: closing.cancel(order), lambda: pay_again(order, PAYPAL, form_token=uuid.uuid4())]
    )

    # A payment that began first and is not charged yet is cancelled with the order.
    newest = "cancelled" if begun else "declined"
    assert (cancelled, _stand()) == (True, ("cancelled", 0, newest))


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_end_it_once() -> None:
    order = _overdue(state="declined")

    ended = all_at_once([closing.expire_overdue, lambda: _cancel(order)] * 5)

    assert sorted(int(end) for end in ended) == [0] * 9 + [1]
    assert Product.objects.get().reserved == 0
    assert len(kinds_of(order)) == 2
