"""What staff settle by hand, and what the provider tells by itself, is right; what they overlook is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from orders import outcomes
from orders.models import Order
from payments import event_settling, giving_back, recording, refund_reviewing, settling
from payments.acting import Act
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.provider import Answer
from payments.webhooks import booking
from payments.webhooks.truth import Charge
from tests.verify.store import PRICE, Store

pytestmark = pytest.mark.django_db

ACT = Act(by="ann", reason="They called.")


def rested() -> None:
    """Let time pass: staff may not be quicker than a request on its way."""
    for rows in (PaymentAttempt, Refund):
        rows.objects.update(updated_at=timezone.now() - timedelta(minutes=5))


def in_review(refund: Refund) -> Refund:
    Refund.objects.filter(pk=refund.pk).update(state="review", failure_code="refund_failed")
    rested()
    return refund


def given_up(refund: Refund) -> None:
    Refund.objects.filter(pk=refund.pk).update(state="given_up")
    giving_back.let_go(refund)
    refund.attempt.order.history.create(kind="refund_failed", actor="staff", sentence="It did not work.")


def told(store: Store, order: Order) -> str:
    """Let the provider tell of a charge that no attempt knows of."""
    charge_id = store.charge(order.number)
    booking.book(Charge(charge_id, True, PRICE, "usd", order.number))
    return charge_id


def test_charges_that_staff_settled_by_hand_are_counted(store: Store) -> None:
    order = store.in_review()
    first, second = store.charge(order.number), store.charge(order.number)
    before = store.broken()
    rested()

    settling.settle(order.attempts.get().pk, ACT)

    said = "yet $41.86 was charged as {}, and nothing gives it back."
    assert [text for _, _, text in before] == [f"is placed, {said.format(each)}" for each in (first, second)]
    assert store.broken() == []
    assert store.verdict().counts["settled_by_hand"] == 1


def test_what_staff_gave_back_and_settled_by_hand_was_asked_for(store: Store) -> None:
    order = store.in_review()
    charged = [store.charge(order.number) for _ in range(2)]
    rested()

    for charge_id in charged:
        store.give_back(charge_id, PRICE)
    before = store.broken()
    settling.settle(order.attempts.get().pk, ACT)

    assert (len(before), store.broken()) == (2, [])


def test_settled_by_hand_is_no_excuse_for_money_that_the_shop_counts(store: Store) -> None:
    order = store.in_review()
    rested()
    settling.settle(order.attempts.get().pk, ACT)
    charge_id = store.charge(order.number)
    PaymentAttempt.objects.update(provider_reference=charge_id, charged_minor=PRICE)

    refund_id = store.give_back(charge_id, 700)

    said = f"$7.00 went back as {refund_id}, which the shop never asked for."
    assert store.broken() == [("I7", order.number, said)]


def test_a_refund_made_elsewhere_under_another_name(store: Store) -> None:
    refund = in_review(store.refunding(store.paid(), 1000))
    store.give_back(refund.attempt.provider_reference, 1000)
    before = store.broken()

    refund_reviewing.count_as_done(refund.pk, ACT)

    assert (len(before), store.broken()) == (1, [])


@pytest.mark.parametrize(("amounts", "name"), [([999], "mine"), ([1000, 1000], "mine"), ([1000], "{}-R9999")])
def test_it_stands_for_one_of_its_amount_and_of_no_name_of_ours(
    store: Store, amounts: list[int], name: str
) -> None:
    order = store.paid()
    refund = in_review(store.refunding(order, 1000))
    refund_reviewing.count_as_done(refund.pk, ACT)
    charge_id = refund.attempt.provider_reference

    ids = [store.give_back(charge_id, amount, name.format(order.number)) for amount in amounts]

    said = f"went back as {ids[-1]}, which the shop never asked for."
    assert [text.partition(" ")[2] for _, _, text in store.broken()] == [said]


def test_a_refund_that_staff_made_elsewhere(store: Store) -> None:
    refund = in_review(store.refunding(store.paid()))

    refund_reviewing.count_as_done(refund.pk, ACT)

    assert store.broken() == []
    assert store.verdict().counts["refunded"] == 1


def test_a_refund_made_elsewhere_and_at_the_provider(store: Store) -> None:
    order = store.paid()
    refund = in_review(store.refunding(order))
    refund_reviewing.count_as_done(refund.pk, ACT)

    store.give_back(refund.attempt.provider_reference, PRICE, f"{order.number}-R{refund.pk}")

    assert store.broken() == [("I7", order.number, f"refund {refund.pk} of $41.86 went back 2 times.")]


def test_a_refund_that_was_given_up(store: Store) -> None:
    order = store.paid()
    given_up(store.refunding(order))
    store.refunded(order)

    assert store.broken() == []


def test_a_refund_that_was_given_up_and_went_back(store: Store) -> None:
    order = store.paid()
    refund = store.refunding(order)
    given_up(refund)
    store.give_back(refund.attempt.provider_reference, PRICE, f"{order.number}-R{refund.pk}")

    said = f"refund {refund.pk} of $41.86 was given up, but it went back."
    assert store.broken() == [("I7", order.number, said)]


def test_a_failed_refund_that_the_history_keeps_to_itself(store: Store) -> None:
    order = store.paid()
    given_up(store.refunding(order))
    order.history.filter(kind="refund_failed").delete()

    assert store.broken() == [("I7", order.number, "1 refunds were given up, its history tells of 0.")]


def test_money_for_nothing_whose_refund_was_given_up(store: Store) -> None:
    attempt = store.asked()
    charge_id = store.charge(attempt.order.number, key=attempt.idempotency_key)
    assert outcomes.cancel(attempt.order_id)
    attempt.order.history.create(kind="cancelled", actor="staff", sentence="Cancelled.")
    recording.record(attempt, Answer(is_approved=True, reference=charge_id))
    given_up(attempt.refunds.get())

    said = f"is cancelled, yet $41.86 was charged as {charge_id}, and nothing gives it back."
    assert store.broken() == [("I2", attempt.order.number, said)]


def stray(charge_id: str, number: str) -> ProviderEvent:
    """Tell of a charge that matches nothing here."""
    event = {"type": "charge.succeeded", "about": charge_id, "reference": number}
    state = ProviderEvent.State.STAFF
    return ProviderEvent.objects.create(
        event_id=f"evt_{charge_id}", state=state, happened_at=timezone.now(), **event
    )


@pytest.mark.parametrize("ending", [Store.paid, Store.declined, Store.expired])
@pytest.mark.parametrize("goes_back", [True, False])
def test_a_charge_of_another_amount_that_staff_settled(
    store: Store, ending: Callable[[Store], Order], goes_back: bool
) -> None:
    order = ending(store)
    charge_id = store.charge(order.number, amount_minor=999)
    if goes_back:
        store.give_back(charge_id, 999)
    before = store.broken()

    event_settling.settle(stray(charge_id, order.number).pk, ACT)

    assert (len(before), store.broken()) == (1, [])


def test_settled_is_one_charge_and_no_other(store: Store) -> None:
    order = store.declined()
    first, second = (store.charge(order.number, amount_minor=999) for _ in range(2))

    event_settling.settle(stray(first, order.number).pk, ACT)

    said = f"is placed, yet $9.99 was charged as {second}, and nothing gives it back."
    assert store.broken() == [("I2", order.number, said)]


def test_what_paid_an_order_is_not_settled_by_hand(store: Store) -> None:
    order = store.paid()
    charge_id = order.attempts.get().provider_reference
    event_settling.settle(stray(charge_id, order.number).pk, ACT)

    refund_id = store.give_back(charge_id, 700)

    said = f"$7.00 went back as {refund_id}, which the shop never asked for."
    assert store.broken() == [("I7", order.number, said)]


def test_a_charge_without_an_order_that_staff_settled(store: Store) -> None:
    first, second = store.charge("AAAA-2222"), store.charge("AAAA-2222", amount_minor=5)
    store.give_back(first, PRICE)

    event_settling.settle(stray(first, "AAAA-2222").pk, ACT)
    before = store.broken()
    event_settling.settle(stray(second, "AAAA-2222").pk, ACT)

    said = "$0.05 was charged, but there is no such order."
    assert (before, store.broken()) == ([("I2", "AAAA-2222", said)], [])


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Store.placed, "paid"),
        (Store.declined, "paid"),
        (Store.expired, "paid"),
        (Store.cancelled, "cancelled"),
    ],
)
def test_a_charge_that_the_provider_told_of(
    store: Store, ending: Callable[[Store], Order], status: str
) -> None:
    told(store, ending(store))

    assert store.broken() == []
    assert store.verdict().counts[status] == 1


def test_a_second_charge_that_the_provider_told_of_goes_back(store: Store) -> None:
    order = store.paid()
    told(store, order)
    before = store.broken()

    store.sent(Refund.objects.get())

    assert (before, store.broken()) == ([], [])


def test_late_money_after_late_money_may_still_pay(store: Store) -> None:
    order = store.expired()
    product = order.lines.get().product
    type(product).objects.update(reserved=10)
    told(store, order)
    type(product).objects.update(reserved=0)

    told(store, order)

    assert store.broken() == []
    assert store.verdict().counts["paid"] == 1
