"""Staff act on a payment in review: once each, by the provider's word, and with their name on it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import HistoryEntry, Order
from payments import charging, closing, reviewing
from payments.acting import CHANGED_MEANWHILE, Act
from payments.claiming import claim_rested
from payments.models import PaymentAttempt
from tests.payments.at_once import all_at_once
from tests.payments.edge import Edge, hang_up, listing
from tests.payments.making import charge_of, kinds_of, make_attempt, make_reviewed, rested_at
from tests.recording import Telemetry
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

ACT = Act("ann", "The customer called.")


@pytest.fixture
def reviewed(edge: Edge) -> PaymentAttempt:
    """An attempt nobody knows the end of."""
    return make_reviewed()


def _stand() -> tuple[str, bool, str, int]:
    """Return how the order, its review, the attempt and the reservation stand."""
    order, attempt = Order.objects.get(), PaymentAttempt.objects.get()
    return order.status, order.is_in_review, attempt.state, Product.objects.get().reserved


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.cancel])
def test_what_was_charged_pays_the_order(reviewed: PaymentAttempt, edge: Edge, act: Any) -> None:
    edge.lookups = [listing(charge_of(reviewed))]

    assert act(reviewed.pk, ACT) == "It was charged: the order is paid."

    assert (_stand(), edge.asked) == (("paid", False, "approved", 0), [])
    assert PaymentAttempt.objects.get().charged_minor == 4186


@pytest.mark.django_db(transaction=True)
def test_the_time_until_it_was_paid_is_measured(
    reviewed: PaymentAttempt, edge: Edge, telemetry: Telemetry
) -> None:
    edge.lookups = [listing(charge_of(reviewed))]

    reviewing.look_up(reviewed.pk, ACT)

    assert telemetry.count("webstore.order.time_to_paid", {"payment_method": "card"}) == 1


@pytest.mark.parametrize("charges", [[], ["failed"]], ids=str)
def test_what_was_not_charged_may_be_paid_another_way(
    client: Client, reviewed: PaymentAttempt, edge: Edge, charges: list[str]
) -> None:
    edge.lookups = [listing(*(charge_of(reviewed, status=status) for status in charges))]

    reviewing.look_up(reviewed.pk, ACT)

    assert _stand() == ("placed", False, "error", 1)
    assert kinds_of(reviewed.order) == ["placed", "review", "failed"]
    page = client.get(reviewed.order.get_absolute_url()).content.decode()
    assert "<h1>The payment did not work</h1>" in page
    assert "Try another way to pay" in page
    assert "The customer called." not in page
    assert PaymentAttempt.objects.get().provider_reference == ("ch_found" if charges else "")


def test_what_was_not_charged_can_be_cancelled(reviewed: PaymentAttempt) -> None:
    reviewing.cancel(reviewed.pk, ACT)

    assert _stand() == ("cancelled", False, "cancelled", 0)
    assert kinds_of(reviewed.order) == ["placed", "review", "cancelled"]


def test_an_order_that_is_over_is_not_cancelled_again(reviewed: PaymentAttempt) -> None:
    Order.objects.update(status="expired", is_in_review=False)

    assert reviewing.cancel(reviewed.pk, ACT) == "Nothing was charged. The order was over before."

    assert (_stand()[0], kinds_of(reviewed.order)) == ("expired", ["placed", "review"])


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.charge_again])
def test_an_old_order_stays_open_for_a_day(reviewed: PaymentAttempt, edge: Edge, act: Any) -> None:
    now = timezone.now()
    Order.objects.update(placed_at=now - timedelta(hours=3), reserved_until=now - timedelta(hours=2))
    edge.lookups = [listing()]

    act(reviewed.pk, ACT)

    assert closing.expire_overdue() == 0
    day = (now + timedelta(hours=23), now + timedelta(hours=25))
    assert Order.objects.filter(reserved_until__range=day).count() == 1


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.cancel])
@pytest.mark.parametrize("told", [hang_up, listing(running=True)])
def test_without_a_clear_answer_it_stays(reviewed: PaymentAttempt, edge: Edge, act: Any, told: Any) -> None:
    edge.lookups = [told]

    assert act(reviewed.pk, ACT) == "The provider gave no clear answer. The payment stays in review."

    assert _stand() == ("placed", True, "review", 1)


def test_a_look_up_sends_nothing_that_needs_rest(reviewed: PaymentAttempt, edge: Edge) -> None:
    edge.lookups = [hang_up, listing(charge_of(reviewed))]
    reviewing.look_up(reviewed.pk, ACT)

    assert reviewing.look_up(reviewed.pk, ACT) == "It was charged: the order is paid."


def test_charging_again_uses_the_same_key(reviewed: PaymentAttempt, edge: Edge) -> None:
    reviewing.charge_again(reviewed.pk, ACT)
    assert _stand() == ("placed", False, "unknown", 1)

    charging.charge(reviewed.pk)

    assert (edge.keys, _stand()) == ([reviewed.idempotency_key], ("paid", False, "approved", 0))


def test_who_and_why_are_kept_for_staff(reviewed: PaymentAttempt) -> None:
    reviewing.look_up(reviewed.pk, ACT)

    entry = HistoryEntry.objects.get(kind="review")
    assert (entry.actor, entry.note) == ("staff", "ann looked it up: The customer called.")


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.charge_again, reviewing.cancel])
@pytest.mark.parametrize("state", ["due", "unknown", "approved", "declined", "error", "cancelled"])
def test_only_what_is_in_review_is_acted_on(edge: Edge, act: Any, state: str) -> None:
    attempt = make_attempt(state=state)

    assert act(attempt.pk, ACT) == CHANGED_MEANWHILE

    assert (_stand(), kinds_of(attempt.order)) == (("placed", False, state, 1), ["placed"])
    assert (edge.asked, edge.looked_up) == ([], [])


def test_a_look_up_that_dies_goes_back_to_review(reviewed: PaymentAttempt, edge: Edge) -> None:
    PaymentAttempt.objects.update(tries=1, failure_code="charged_something_else")
    assert claim_rested(reviewed.pk) is not None
    PaymentAttempt.objects.update(lease_until=timezone.now())

    charging.charge(reviewed.pk)

    assert (_stand(), edge.asked) == (("placed", True, "review", 1), [])
    assert PaymentAttempt.objects.get().failure_code == "charged_something_else"


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.cancel])
@pytest.mark.parametrize(("seconds", "left"), [(0, 60), (57.01, 3)])
def test_nobody_asks_while_a_charge_may_be_on_its_way(
    reviewed: PaymentAttempt, edge: Edge, act: Any, seconds: float, left: int
) -> None:
    PaymentAttempt.objects.update(updated_at=timezone.now() - timedelta(seconds=seconds))

    said = act(reviewed.pk, ACT)

    told = "Nothing was done: a request may still be on its way to the provider. Ask in {} s."
    assert said == told.format(left)
    assert (_stand(), edge.looked_up) == (("placed", True, "review", 1), [])


def test_what_is_overdue_is_looked_up_too(edge: Edge) -> None:
    attempt = make_attempt(state="unknown", next_attempt_at=rested_at(), updated_at=rested_at())
    edge.lookups = [listing(charge_of(attempt))]

    assert reviewing.look_up(attempt.pk, ACT) == "It was charged: the order is paid."


def test_what_is_overdue_and_stays_unclear_goes_to_review(edge: Edge) -> None:
    attempt = make_attempt(state="unknown", next_attempt_at=rested_at(), updated_at=rested_at())
    edge.lookups = [hang_up]

    reviewing.look_up(attempt.pk, ACT)

    assert _stand() == ("placed", True, "review", 1)
    assert PaymentAttempt.objects.get().failure_code == "no_clear_answer"


def test_the_workers_are_rung_for_what_is_overdue(edge: Edge) -> None:
    attempt = make_attempt(state="unknown", next_attempt_at=rested_at(), rung_at=rested_at(), tries=2)

    assert "with the same key" in reviewing.charge_again(attempt.pk, ACT)

    kept = PaymentAttempt.objects.get()
    assert kept.rung_at is not None
    assert (kept.state, kept.tries, timezone.now() - kept.rung_at < timedelta(seconds=9)) == (
        "unknown",
        2,
        True,
    )


def test_what_is_charged_wrongly_is_told_and_kept(reviewed: PaymentAttempt, edge: Edge) -> None:
    edge.lookups = [listing(charge_of(reviewed), charge_of(reviewed, id="ch_2"))]

    said = reviewing.look_up(reviewed.pk, ACT)

    assert said == "The provider has charged more than once. The payment stays in review."
    assert PaymentAttempt.objects.get().failure_code == "charged_more_than_once"
    assert reviewing.charge_again(reviewed.pk, ACT) == CHANGED_MEANWHILE
    assert _stand() == ("placed", True, "review", 1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_act_once(reviewed: PaymentAttempt, edge: Edge) -> None:
    edge.lookups = [listing(charge_of(reviewed))] * 4

    said = all_at_once([lambda: reviewing.look_up(reviewed.pk, ACT)] * 4)

    assert sorted(said) == ["It was charged: the order is paid.", *[CHANGED_MEANWHILE] * 3]
    assert len(edge.looked_up) == 1
