"""An order that ends unpaid gives its things back, once; late money buys them again if they are there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from orders import outcomes
from orders.models import Order
from tests.orders import builders
from tests.orders.test_outcomes import stock_of
from tests.recording import Telemetry
from webstore.catalog.models import Product


def _minutes(number: float) -> Any:
    return timezone.now() + timedelta(minutes=number)


def test_things_are_kept_for_half_an_hour(placed: Order) -> None:
    kept_until = Order.objects.get().reserved_until

    assert kept_until is not None
    assert kept_until - placed.placed_at == pytest.approx(timedelta(minutes=30), abs=timedelta(seconds=5))


def test_the_shop_decides_how_long(coffee: Product, settings: Settings) -> None:
    settings.RESERVATION_MINUTES = 5
    builders.placed_order((coffee, 1))

    kept_until = Order.objects.get().reserved_until

    assert kept_until is not None
    assert kept_until < _minutes(5.1)


def test_a_cancelled_order_gives_everything_back(coffee: Product, apples: Product) -> None:
    order = builders.placed_order((apples, 3), (coffee, 1))
    outcomes.put_in_review(order.pk)

    assert [outcomes.cancel(order.pk) for _ in range(2)] == [True, False]

    order.refresh_from_db()
    assert (order.status, order.is_in_review) == ("cancelled", False)
    assert (stock_of(apples), stock_of(coffee)) == ((3, 0), (100, 0))


def test_an_order_expires_when_its_time_is_over(placed: Order, coffee: Product) -> None:
    assert outcomes.expire(placed.pk) is False
    Order.objects.update(reserved_until=_minutes(-1))

    assert [outcomes.expire(placed.pk) for _ in range(2)] == [True, False]

    assert Order.objects.get().status == "expired"
    assert stock_of(coffee) == (100, 0)


@pytest.mark.parametrize("end", [outcomes.cancel, outcomes.expire])
def test_a_paid_order_does_not_end(placed: Order, coffee: Product, end: Any) -> None:
    Order.objects.update(reserved_until=_minutes(-1))
    outcomes.mark_paid(placed.pk)

    assert end(placed.pk) is False

    assert (Order.objects.get().status, stock_of(coffee)) == ("paid", (98, 0))


def test_late_money_buys_what_is_still_there(placed: Order, coffee: Product) -> None:
    Order.objects.update(reserved_until=_minutes(-1))
    outcomes.expire(placed.pk)

    assert [outcomes.mark_paid(placed.pk) for _ in range(2)] == [True, False]

    order = Order.objects.get()
    assert (order.status, order.paid_at is not None) == ("paid", True)
    assert stock_of(coffee) == (98, 0)


def test_late_money_buys_nothing_when_others_bought_some(apples: Product, coffee: Product) -> None:
    late = builders.placed_order((coffee, 1), (apples, 3))
    Order.objects.update(reserved_until=_minutes(-1))
    outcomes.expire(late.pk)
    builders.placed_order((apples, 1))

    assert outcomes.mark_paid(late.pk) is False

    assert Order.objects.get(pk=late.pk).status == "expired"
    assert (stock_of(coffee), stock_of(apples)) == ((100, 0), (3, 1))


@pytest.mark.parametrize(
    ("age", "left", "kept", "minutes"),
    [(20, 10, True, 30), (89, 1, True, 30), (91, 1, False, 1), (5, 31, False, 31)],
)
def test_a_failed_payment_leaves_time_for_another_but_not_for_ever(
    placed: Order, age: float, left: float, kept: bool, minutes: float
) -> None:
    Order.objects.update(placed_at=_minutes(-age), reserved_until=_minutes(left))

    assert outcomes.keep_reserved(placed.pk) is kept

    kept_until = Order.objects.get().reserved_until
    assert kept_until is not None
    assert (kept_until - timezone.now()).total_seconds() == pytest.approx(minutes * 60, abs=5)


def test_a_lost_reservation_is_told_and_the_order_ends(
    placed: Order, coffee: Product, caplog: pytest.LogCaptureFixture, telemetry: Telemetry
) -> None:
    Product.objects.update(reserved=0)

    assert outcomes.cancel(placed.pk) is True

    assert caplog.messages == [f"order {placed.pk}: product {coffee.pk} had no reservation to release"]
    assert telemetry.count("webstore.miscounts", {"reason": "released_unreserved"}) == 1


@pytest.mark.parametrize(
    "broken", [{"reserved_until": None}, {"status": "cancelled", "is_in_review": True}], ids=str
)
def test_the_database_refuses_what_cannot_be(placed: Order, broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(**broken)


@pytest.mark.parametrize(
    "broken", [{"reserved": -1}, {"on_hand": -1}, {"on_hand": 1, "reserved": 2}], ids=str
)
def test_the_database_refuses_stock_that_is_not_there(coffee: Product, broken: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.update(**broken)
