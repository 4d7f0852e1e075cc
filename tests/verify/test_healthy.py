"""Every legal ending, by the shop's own code: the judge has nothing to say."""

from typing import Any

import pytest

from orders import outcomes
from orders.models import Order
from payments import recording
from payments.provider import Answer
from payments.verify import cases
from tests.verify.store import PRICE, Store

ENDINGS: dict[str, Any] = {
    "placed": Store.placed,
    "asked": Store.asked,
    "unanswered": Store.unanswered,
    "declined": Store.declined,
    "paid": Store.paid,
    "paid after a decline": Store.paid_again,
    "in review": Store.in_review,
    "cancelled": Store.cancelled,
    "expired": Store.expired,
    "being refunded": lambda store: store.refunding(store.paid()),
    "refunded": lambda store: store.refunded(store.paid()),
    "partly refunded": lambda store: store.refunded(store.paid(), 1000),
    "refunded twice in parts": lambda store: [
        store.refunded(order, part) for order in [store.paid()] for part in (186, 4000)
    ],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_legal_ending_is_no_violation(store: Store, ending: str) -> None:
    ENDINGS[ending](store)

    assert store.broken() == []


def test_all_of_them_together_are_counted(store: Store) -> None:
    for bring in ENDINGS.values():
        bring(store)

    verdict = store.verdict()

    assert verdict.violations == []
    assert verdict.counts == {
        "orders": 13,
        "placed": 5,
        "paid": 3,
        "partly_refunded": 1,
        "refunded": 2,
        "cancelled": 1,
        "expired": 1,
        "in_review": 1,
        "refunds_in_review": 0,
        "settled_by_hand": 0,
        "under_way": 4,
        "charges": 6,
        "refunds": 4,
    }


def test_an_empty_shop_is_clean(store: Store) -> None:
    assert store.verdict().counts == {}
    assert store.broken() == []


def test_a_charge_whose_answer_was_lost_is_awaited(store: Store) -> None:
    attempt = store.asked()
    store.charge(attempt.order.number, key=attempt.idempotency_key)

    assert store.broken() == []


def test_money_that_came_too_late_is_on_its_way_back_and_then_back(store: Store) -> None:
    attempt = store.asked()
    charge_id = store.charge(attempt.order.number, key=attempt.idempotency_key)
    assert outcomes.cancel(attempt.order_id)
    attempt.order.history.create(kind="cancelled", actor="staff", sentence="Cancelled.")
    recording.record(attempt, Answer(is_approved=True, reference=charge_id))

    before = store.broken()
    store.sent(attempt.refunds.get())

    assert (before, store.broken()) == ([], [])
    assert attempt.refunds.get().amount_minor == PRICE


def test_orders_are_judged_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "PAGE", 2)
    orders = [store.paid() for _ in range(5)]
    Order.objects.update(total_minor=1)

    assert [number for _, number, _ in store.broken()] == [order.number for order in orders]
