"""I7, the story: an order's history is one that can happen, and it ends where the order stands."""

from collections.abc import Callable

import pytest

from orders.models import HistoryEntry, Order
from payments.models import Refund
from payments.verify.histories import LEGAL
from tests.verify.store import Store

pytestmark = pytest.mark.django_db


def tell(order: Order, kind: str) -> None:
    order.history.create(kind=kind, actor="worker", sentence="By hand.")


def said_of(store: Store, order: Order) -> list[str]:
    assert {(invariant, number) for invariant, number, _ in store.broken()} <= {("I7", order.number)}
    return [said for _, _, said in store.broken()]


def test_every_kind_of_entry_has_its_successors() -> None:
    assert set(LEGAL) == set(HistoryEntry.Kind)


def test_a_history_without_a_beginning(store: Store) -> None:
    order = store.placed()
    order.history.all().delete()

    assert said_of(store, order) == ["its history begins with “nothing”."]


def test_a_history_that_begins_in_the_middle(store: Store) -> None:
    order = store.paid()
    order.history.filter(kind="placed").delete()

    assert said_of(store, order) == ["its history begins with “charging”."]


@pytest.mark.parametrize(
    ("ending", "kind", "said"),
    [
        (Store.paid, "charging", "its history goes from “paid” to “charging”."),
        (Store.paid, "refunded", "its history goes from “paid” to “refunded”."),
        (Store.cancelled, "charging", "its history goes from “cancelled” to “charging”."),
        (Store.expired, "declined", "its history goes from “expired” to “declined”."),
        (Store.placed, "failed", "its history goes from “placed” to “failed”."),
        (Store.declined, "no_answer", "its history goes from “declined” to “no answer”."),
    ],
)
def test_a_step_that_no_order_takes(
    store: Store, ending: Callable[[Store], Order], kind: str, said: str
) -> None:
    order = ending(store)
    tell(order, kind)

    assert said in said_of(store, order)


def test_an_order_that_was_paid_twice(store: Store) -> None:
    order = store.paid()
    tell(order, "paid")

    assert "its history says “paid” 2 times." in said_of(store, order)


def test_a_paid_order_whose_history_does_not_say_so(store: Store) -> None:
    order = store.paid()
    order.history.filter(kind="paid").delete()

    assert said_of(store, order) == ["is paid, but its history says: placed, charging."]


def test_an_unpaid_order_whose_history_says_paid(store: Store) -> None:
    order = store.declined()
    tell(order, "paid")

    assert said_of(store, order) == ["is placed, but its history says: placed, charging, declined, paid."]


def test_a_placed_order_whose_history_says_that_it_is_over(store: Store) -> None:
    order = store.placed()
    tell(order, "cancelled")

    assert said_of(store, order) == ["is placed, but its history says: placed, cancelled."]


def test_a_cancelled_order_whose_history_says_expired(store: Store) -> None:
    order = store.expired()
    Order.objects.update(status="cancelled")

    said = "is cancelled, but its history says: placed, charging, declined, expired."
    assert said_of(store, order) == [said]


def test_a_refund_that_the_history_keeps_to_itself(store: Store) -> None:
    order = store.paid()
    store.refunded(order)
    order.history.filter(kind="refunded").delete()

    assert said_of(store, order) == ["1 refunds went back, its history tells of 0."]


def test_a_refund_that_the_history_made_up(store: Store) -> None:
    order = store.paid()
    store.refunding(order)
    tell(order, "refunded")

    assert said_of(store, order) == ["0 refunds went back, its history tells of 1."]


def test_a_refund_that_began_in_secret(store: Store) -> None:
    order = store.paid()
    store.refunding(order)
    order.history.filter(kind="refunding").delete()

    assert said_of(store, order) == ["1 refunds were begun, its history tells of 0."]
    assert Refund.objects.count() == 1
