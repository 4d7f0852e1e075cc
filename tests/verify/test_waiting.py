"""I4 and I5: nothing stands still, unless a person knows of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from orders.models import HistoryEntry, Order
from payments import claiming
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.verify import patience
from tests.verify.store import Store

pytestmark = pytest.mark.django_db

LONGEST_TEST_SECONDS = 60


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def lasting(store: Store, seconds: int) -> list[tuple[str, str, str]]:
    """Return what is broken; what has lasted a little longer, as the test itself does, reads `seconds`."""

    def steady(told: re.Match[str]) -> str:
        read = int(told[0].replace(",", ""))
        return f"{seconds:,}" if seconds <= read < seconds + LONGEST_TEST_SECONDS else told[0]

    return [
        (invariant, subject, re.sub(r"[\d,]+(?= s\b)", steady, said))
        for invariant, subject, said in store.broken()
    ]


def hours_pass(order: Order) -> None:
    """Age an order and its payment, due for its next step since just now."""
    PaymentAttempt.objects.update(created_at=ago(7_200), asked_at=ago(7_200))
    HistoryEntry.objects.update(happened_at=ago(7_200))


def test_a_payment_that_nobody_takes(store: Store) -> None:
    order = store.placed()
    PaymentAttempt.objects.update(next_attempt_at=ago(61))

    assert lasting(store, 61) == [("I5", order.number, "its payment is due, and nobody has come for 61 s.")]


def test_a_payment_that_waits_for_less_is_not_wrong_yet(store: Store) -> None:
    store.placed()
    PaymentAttempt.objects.update(next_attempt_at=ago(50))

    assert store.broken() == []
    assert len(store.broken(older_than=40)) == 1


def test_a_worker_that_never_came_back(store: Store) -> None:
    order = store.asked().order
    PaymentAttempt.objects.update(lease_until=ago(100))

    assert lasting(store, 100) == [
        ("I5", order.number, "its payment is charging, and nobody has come for 100 s.")
    ]


def test_an_unknown_payment_that_nobody_asks_about(store: Store) -> None:
    order = store.unanswered()
    PaymentAttempt.objects.update(next_attempt_at=ago(100))

    assert lasting(store, 100) == [
        ("I5", order.number, "its payment is unknown, and nobody has come for 100 s.")
    ]


def test_a_payment_that_goes_on_for_ever(store: Store) -> None:
    order = store.unanswered()
    hours_pass(order)

    said = "its payment is unknown and has gone on for 7,200 s."
    assert lasting(store, 7_200) == [("I5", order.number, said)]


def test_a_payment_that_staff_began_anew_is_young_again(store: Store) -> None:
    order = store.unanswered()
    hours_pass(order)
    for kind in ("review", "no_answer"):
        order.history.create(kind=kind, actor="staff", sentence="Once more.")

    assert store.broken() == []


def test_in_review_nothing_is_too_long(store: Store) -> None:
    order = store.in_review()
    hours_pass(order)
    PaymentAttempt.objects.update(next_attempt_at=ago(7_200))
    Order.objects.update(placed_at=ago(9_000), reserved_until=ago(7_200))

    assert store.broken() == []
    assert store.verdict().counts["in_review"] == 1


def test_while_staff_look_an_old_payment_up_it_is_in_review(store: Store) -> None:
    order = store.in_review()
    hours_pass(order)

    assert claiming.claim_reviewed(order.attempts.get().pk) is not None

    assert order.attempts.get().state == "charging"
    assert store.broken() == []


def test_a_payment_in_review_of_an_order_that_is_not(store: Store) -> None:
    order = store.in_review()
    Order.objects.update(is_in_review=False)

    said = "its payment is in review, the order (placed) is not."
    assert store.broken() == [("I5", order.number, said)]


def test_an_order_in_review_without_anything_to_decide(store: Store) -> None:
    order = store.in_review()
    PaymentAttempt.objects.update(state="unknown", next_attempt_at=timezone.now())

    said = "is in review, but has no payment that a person could decide."
    assert store.broken() == [("I5", order.number, said)]


def test_a_refund_that_nobody_sends(store: Store) -> None:
    order = store.paid()
    refund = store.refunding(order)
    Refund.objects.update(next_attempt_at=ago(200))

    said = f"refund {refund.pk} is due, and nobody has come for 200 s."
    assert lasting(store, 200) == [("I5", order.number, said)]


def unknown_for_a_month(store: Store) -> Refund:
    """Return a refund that was asked for long ago, and has hours until its next step."""
    refund = store.refunding(store.paid())
    long_ago = ago(2_592_000)
    HistoryEntry.objects.update(happened_at=long_ago)
    due = {"state": "unknown", "next_attempt_at": timezone.now() + timedelta(hours=9)}
    Refund.objects.update(created_at=long_ago, asked_at=long_ago, **due)
    return refund


def test_a_refund_that_goes_on_for_ever(store: Store) -> None:
    refund = unknown_for_a_month(store)

    said = f"refund {refund.pk} is unknown and has gone on for 2,592,000 s."
    assert lasting(store, 2_592_000) == [("I5", refund.attempt.order.number, said)]


def test_a_refund_that_staff_began_anew_is_young_again(store: Store) -> None:
    refund = unknown_for_a_month(store)
    refund.attempt.order.history.create(kind="refunding", actor="staff", sentence="Once more.")

    assert store.broken() == []


def test_a_refund_that_the_provider_told_of_is_young_again(store: Store) -> None:
    refund = unknown_for_a_month(store)
    reference = f"{refund.attempt.order.number}-R{refund.pk}"
    event = {"event_id": "evt_1", "type": "refund.created", "about": "re_1", "reference": reference}
    ProviderEvent.objects.create(nudged_at=ago(5), happened_at=ago(5), **event)

    assert store.broken() == []


def test_while_staff_look_an_old_refund_up_it_is_in_review(store: Store) -> None:
    refund = unknown_for_a_month(store)
    Refund.objects.update(state="review", failure_code="too_many_tries", updated_at=ago(600))

    assert claiming.claim_rested_refund(refund.pk) is not None

    assert store.broken() == []


def test_a_refund_in_review_is_counted(store: Store) -> None:
    store.refunding(store.paid())
    Refund.objects.update(state="review", next_attempt_at=ago(200))

    assert store.broken() == []
    assert store.verdict().counts["refunds_in_review"] == 1


def test_an_unpaid_order_that_never_expires(store: Store) -> None:
    order = store.declined()
    Order.objects.update(placed_at=ago(4_000), reserved_until=ago(90))

    said = "is unpaid, its time was over 90 s ago, and it has not expired."
    assert lasting(store, 90) == [("I4", order.number, said)]


def test_an_order_without_a_payment(store: Store) -> None:
    order = store.placed()
    PaymentAttempt.objects.all().delete()

    said = "has no payment: nothing will ever become of it."
    assert store.broken() == [("I4", order.number, said)]


def test_patience_comes_from_the_settings(settings: Settings) -> None:
    settings.PAYMENT_MAX_TRIES = 5
    five = patience.usual().total.total_seconds()
    settings.PAYMENT_MAX_TRIES = 1

    assert (five, patience.usual().total.total_seconds()) == (1_560, 72)
