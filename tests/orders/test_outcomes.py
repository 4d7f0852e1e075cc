"""What becomes of a placed order happens once, whoever says it twice."""

import pytest

from orders import history, outcomes
from orders.models import HistoryEntry, Order
from tests.orders import builders
from tests.recording import Telemetry
from webstore.catalog.models import Product


def stock_of(product: Product) -> tuple[int, int]:
    product.refresh_from_db()
    return product.on_hand, product.reserved


def test_payment_turns_the_reservation_into_a_sale(placed: Order, coffee: Product) -> None:
    assert outcomes.mark_paid(placed.pk) is True

    placed.refresh_from_db()
    assert placed.status == Order.Status.PAID
    assert placed.paid_at is not None
    assert stock_of(coffee) == (98, 0)


def test_second_payment_changes_nothing(placed: Order, coffee: Product) -> None:
    outcomes.mark_paid(placed.pk)
    first_paid_at = Order.objects.get().paid_at

    assert outcomes.mark_paid(placed.pk) is False

    assert Order.objects.get().paid_at == first_paid_at
    assert stock_of(coffee) == (98, 0)


def test_payment_sells_every_line(coffee: Product, apples: Product) -> None:
    order = builders.placed_order((apples, 3), (coffee, 1))

    outcomes.mark_paid(order.pk)

    assert (stock_of(apples), stock_of(coffee)) == ((0, 0), (99, 0))


def test_a_cancelled_order_is_never_paid(placed: Order, coffee: Product) -> None:
    Order.objects.update(status=Order.Status.CANCELLED)

    assert outcomes.mark_paid(placed.pk) is False

    assert stock_of(coffee) == (100, 2)


def test_a_lost_reservation_is_told_and_the_payment_stands(
    placed: Order, coffee: Product, caplog: pytest.LogCaptureFixture, telemetry: Telemetry
) -> None:
    Product.objects.update(reserved=0)

    assert outcomes.mark_paid(placed.pk) is True

    assert Order.objects.get().status == Order.Status.PAID
    assert caplog.messages == [f"order {placed.pk}: product {coffee.pk} had no reservation to sell"]
    assert telemetry.count("webstore.miscounts", {"reason": "sold_unreserved"}) == 1


def test_review_is_asked_for_once(placed: Order) -> None:
    assert outcomes.put_in_review(placed.pk) is True
    assert outcomes.put_in_review(placed.pk) is False

    placed.refresh_from_db()
    assert (placed.status, placed.is_in_review) == ("placed", True)


def test_payment_ends_the_review(placed: Order) -> None:
    outcomes.put_in_review(placed.pk)

    assert outcomes.mark_paid(placed.pk) is True

    assert Order.objects.get().is_in_review is False


def test_a_paid_order_is_not_reviewed(placed: Order) -> None:
    outcomes.mark_paid(placed.pk)

    assert outcomes.put_in_review(placed.pk) is False


def test_an_unpaid_order_may_be_paid_otherwise(placed: Order) -> None:
    assert outcomes.begin_another_payment(placed.pk, payment_method="paypal") is True

    assert Order.objects.get().payment_method == "paypal"


def test_a_paid_order_keeps_how_it_was_paid(placed: Order) -> None:
    outcomes.mark_paid(placed.pk)

    assert outcomes.begin_another_payment(placed.pk, payment_method="paypal") is False

    assert Order.objects.get().payment_method == "card"


@pytest.mark.parametrize("status", ["placed", "cancelled", "expired"])
def test_only_an_open_order_is_taken_as_open(placed: Order, status: str) -> None:
    Order.objects.update(status=status)

    assert outcomes.take_open(placed.pk) == (status == "placed")

    outcomes.take(placed.pk)
    assert Order.objects.get().status == status


def test_history_keeps_the_order_of_things(placed: Order) -> None:
    history.record(
        placed.pk,
        kind=HistoryEntry.Kind.DECLINED,
        actor=HistoryEntry.Actor.PROVIDER,
        sentence="Your bank declined.",
        trace_id=builders.TRACE_ID,
    )

    assert list(placed.history.values_list("kind", flat=True)) == ["placed", "declined"]
