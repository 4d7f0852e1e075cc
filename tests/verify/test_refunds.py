"""I7, the money: what the shop gave back is what the ledger gave back, and never more than was charged."""

import pytest

from orders.models import Order
from payments.models import PaymentAttempt, Refund
from tests.verify.store import Store

pytestmark = pytest.mark.django_db


def test_a_refund_that_the_ledger_does_not_know(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order, 1000)
    store.rewrite("DELETE FROM refunds")

    said = f"refund {refund.pk} of $10.00 is not in the ledger."
    assert store.broken() == [("I7", order.number, said)]


def test_a_refund_that_went_back_twice(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order, 1000)
    store.give_back(refund.attempt.provider_reference, 1000, f"{order.number}-R{refund.pk}")

    assert store.broken() == [("I7", order.number, f"refund {refund.pk} of $10.00 went back 2 times.")]


def test_money_that_went_back_unasked(store: Store) -> None:
    order = store.paid()
    refund_id = store.give_back(order.attempts.get().provider_reference, 700)

    said = f"$7.00 went back as {refund_id}, which the shop never asked for."
    assert store.broken() == [("I7", order.number, said)]


def test_another_amount_went_back(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order, 1000)
    store.rewrite("UPDATE refunds SET amount = 999")

    assert store.broken() == [("I7", order.number, f"refund {refund.pk} is $10.00, but $9.99 went back.")]


def test_more_went_back_than_was_charged(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order)
    charge_id = refund.attempt.provider_reference
    store.rewrite("UPDATE refunds SET amount = 5000")

    assert ("I7", order.number, f"$50.00 went back of $41.86 that {charge_id} charged.") in store.broken()


def test_money_went_back_of_a_charge_that_failed(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order)
    store.rewrite("UPDATE charges SET status = 'failed'")

    said = f"$41.86 went back of $0.00 that {refund.attempt.provider_reference} charged."
    assert ("I7", order.number, said) in store.broken()


def test_a_refund_is_known_by_its_id_under_any_name(store: Store) -> None:
    store.refunded(store.paid())
    store.rewrite("UPDATE refunds SET reference = 'other'")

    assert store.broken() == []


def test_a_refund_that_went_back_under_another_id(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order)
    Refund.objects.update(provider_reference="re_other")

    said = f"refund {refund.pk} of $41.86 went back as {refund.provider_reference}, not as re_other."
    assert store.broken() == [("I7", order.number, said)]


def test_money_went_back_to_another_orders_charge(store: Store) -> None:
    order, other = store.paid(), store.paid()
    refund = store.refunded(order)
    mine, theirs = refund.attempt.provider_reference, other.attempts.get().provider_reference
    store.rewrite("UPDATE refunds SET charge_id = ?", theirs)

    said = [said for _, _, said in store.broken()]
    assert f"refund {refund.pk} of $41.86 is not in the ledger." in said
    assert f"$41.86 went back as {refund.provider_reference}, which the shop never asked for." in said
    assert mine != theirs


def test_money_went_back_to_another_charge_of_the_order(store: Store) -> None:
    order = store.paid()
    refund = store.refunded(order, 1000)
    second = store.charge(order.number, amount_minor=1000)
    store.rewrite("UPDATE refunds SET charge_id = ?", second)

    said = f"refund {refund.pk} went back to {second} instead of {refund.attempt.provider_reference}."
    assert store.broken() == [("I7", order.number, said)]


def test_refunds_beyond_the_charge(store: Store, unchecked: None) -> None:
    order = store.paid()
    store.refunding(order)
    Refund.objects.update(amount_minor=5000)
    PaymentAttempt.objects.update(refunded_minor=5000)

    assert store.broken() == [("I7", order.number, "its refunds come to $50.00, its charge to $41.86.")]


def test_a_payment_that_counts_other_refunds(store: Store) -> None:
    order = store.paid()
    store.refunding(order, 1000)
    PaymentAttempt.objects.update(refunded_minor=999)

    assert store.broken() == [("I7", order.number, "its refunds come to $10.00, its payment counts $9.99.")]


def test_an_order_that_counts_other_refunds(store: Store) -> None:
    order = store.paid()
    store.refunded(order, 1000)
    Order.objects.update(refunded_minor=500)

    assert store.broken() == [("I7", order.number, "$10.00 went back, the order counts $5.00.")]


def test_a_refund_whose_answer_was_lost_is_awaited(store: Store) -> None:
    order = store.paid()
    refund = store.refunding(order, 1000)
    store.give_back(order.attempts.get().provider_reference, 1000, f"{order.number}-R{refund.pk}")

    assert store.broken() == []
