"""I1 and I2: a paid order was charged once, and nothing was charged for nothing."""

from collections.abc import Callable

import pytest

from orders.models import Order
from payments.models import PaymentAttempt
from payments.webhooks import booking
from payments.webhooks.truth import Charge
from tests.verify.store import PRICE, Store

pytestmark = pytest.mark.django_db


def reference_of(order: Order) -> str:
    return order.attempts.get(state="approved").provider_reference


def test_a_paid_order_without_an_approved_payment(store: Store) -> None:
    order = store.paid()
    PaymentAttempt.objects.update(state="error")

    assert ("I1", order.number, "is paid, but none of its payments was approved.") in store.broken()


def test_a_paid_order_whose_charge_does_not_exist(store: Store) -> None:
    order = store.paid()
    store.rewrite("DELETE FROM charges")

    said = f"is paid, but its charge {reference_of(order)} is not in the ledger."
    assert store.broken() == [("I1", order.number, said)]


def test_a_paid_order_whose_charge_failed(store: Store) -> None:
    order = store.paid()
    store.rewrite("UPDATE charges SET status = 'failed'")

    said = f"is paid, but its charge {reference_of(order)} failed."
    assert store.broken() == [("I1", order.number, said)]


def test_another_amount_was_charged(store: Store) -> None:
    order = store.paid()
    store.rewrite("UPDATE charges SET amount = 4187")

    assert store.broken() == [("I1", order.number, "costs $41.86, but $41.87 was charged.")]


def test_another_currency_was_charged(store: Store) -> None:
    order = store.paid()
    store.rewrite("UPDATE charges SET currency = 'eur'")

    assert store.broken() == [("I1", order.number, "was charged in EUR instead of USD.")]


def test_a_paid_order_that_counts_another_charge(store: Store, unchecked: None) -> None:
    order = store.paid()
    PaymentAttempt.objects.update(charged_minor=0)

    said = f"was charged $41.86 as {reference_of(order)}, its payment counts $0.00."
    assert store.broken() == [("I1", order.number, said)]


def test_a_second_charge_that_counts_another_amount(store: Store) -> None:
    order = store.paid()
    second = store.charge(order.number)
    booking.book(Charge(second, True, PRICE, "usd", order.number))
    store.rewrite("UPDATE charges SET amount = 4187 WHERE id = ?", second)

    said = f"was charged $41.87 as {second}, its payment counts $41.86."
    assert ("I7", order.number, said) in store.broken()


def test_money_that_the_shop_counts_and_nobody_charged(store: Store) -> None:
    order = store.declined()
    PaymentAttempt.objects.update(charged_minor=4186)

    said = f"was charged $0.00 as {order.attempts.get().provider_reference}, its payment counts $41.86."
    assert store.broken() == [("I7", order.number, said)]


def test_a_paid_order_was_charged_twice(store: Store) -> None:
    order = store.paid()
    second = store.charge(order.number)

    said = f"is paid, yet $41.86 was charged as {second} besides, and nothing gives it back."
    assert store.broken() == [("I1", order.number, said)]


def test_a_second_charge_that_went_back_at_the_provider_is_none(store: Store) -> None:
    order = store.paid()
    second = store.charge(order.number)
    store.give_back(second, 4186)

    assert [said for _, _, said in store.broken() if "charged" in said] == []


def test_a_second_charge_that_went_back_in_part(store: Store) -> None:
    order = store.paid()
    second = store.charge(order.number)
    store.give_back(second, 4185)

    assert f"charged as {second} besides" in store.broken()[0][2]


@pytest.mark.parametrize("ending", [Store.cancelled, Store.expired, Store.declined])
def test_money_for_an_order_that_is_not_paid(store: Store, ending: Callable[[Store], Order]) -> None:
    order = ending(store)
    charged = store.charge(order.number)

    said = f"is {order.status}, yet $41.86 was charged as {charged}, and nothing gives it back."
    assert store.broken() == [("I2", order.number, said)]


def test_two_charges_for_one_payment_under_way(store: Store) -> None:
    attempt = store.asked()
    store.charge(attempt.order.number, key=attempt.idempotency_key)
    second = store.charge(attempt.order.number)

    said = f"is placed, yet $41.86 was charged as {second}, and nothing gives it back."
    assert store.broken() == [("I2", attempt.order.number, said)]


def test_a_charge_under_way_whose_key_is_forgotten_is_awaited(store: Store) -> None:
    attempt = store.asked()
    store.charge(attempt.order.number, key=attempt.idempotency_key)
    store.rewrite("UPDATE requests SET idempotency_key = NULL")

    assert store.broken() == []


def test_of_two_charges_whose_keys_are_forgotten_one_is_awaited(store: Store) -> None:
    number = store.asked().order.number
    store.charge(number)
    second = store.charge(number)
    store.rewrite("UPDATE requests SET idempotency_key = NULL")

    said = f"is placed, yet $41.86 was charged as {second}, and nothing gives it back."
    assert store.broken() == [("I2", number, said)]


def test_an_approved_payment_of_an_order_that_is_not_paid(store: Store) -> None:
    order = store.paid()
    Order.objects.update(status="cancelled", paid_at=None)

    said = f"is cancelled, yet $41.86 was charged as {reference_of(order)}, and nothing gives it back."
    assert ("I2", order.number, said) in store.broken()


def test_a_declined_payment_that_was_charged_after_all(store: Store) -> None:
    order = store.declined()
    store.rewrite("UPDATE charges SET status = 'succeeded'")

    assert [(invariant, subject) for invariant, subject, _ in store.broken()] == [("I2", order.number)]


def test_a_charge_for_an_order_that_does_not_exist(store: Store) -> None:
    store.charge("AAAA-2222")
    store.charge("AAAA-2222", amount_minor=100)
    store.charge("AAAA-2222", amount_minor=5, status="failed")

    said = "$42.86 was charged, but there is no such order."
    assert store.broken() == [("I2", "AAAA-2222", said)]


def test_a_strange_charge_that_failed_or_went_back_is_nothing(store: Store) -> None:
    store.charge("AAAA-2222", status="failed")
    store.give_back(store.charge("AAAA-3333"), 4186)

    assert store.broken() == []


def test_strange_charges_are_found_beyond_the_first_page(store: Store) -> None:
    forgotten = "INSERT INTO requests VALUES (?, NULL, '', '', 1, 'usd', '', '', 0, 1, 0, NULL, NULL)"
    charge = "INSERT INTO charges VALUES (?, ?, 'succeeded', 1, 'usd', ?, 0)"
    for number in range(1_003):
        store.rewrite(forgotten, number)
        store.rewrite(charge, f"ch_{number}", number, f"N{number:04}")

    assert len(store.broken()) == 1_003
