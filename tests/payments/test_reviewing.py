"""Staff act on a payment in review: once each, by the provider's word, and with their name on it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from orders import outcomes
from orders.models import HistoryEntry, Order
from payments import charging, closing, refunding, reviewing
from payments.claiming import claim_reviewed
from payments.models import PaymentAttempt, Refund
from payments.reviewing import CHANGED_MEANWHILE, Act
from payments.starting import give_back
from tests.payments.at_once import all_at_once
from tests.payments.edge import Edge, hang_up, listing
from tests.payments.making import kinds_of, make_attempt
from tests.payments.test_refunds import wish_of
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

ACT = Act("ann", "The customer called.")
ACTS = ["look-up", "charge-again", "cancel"]


@pytest.fixture
def reviewed(edge: Edge) -> PaymentAttempt:
    """An attempt nobody knows the end of."""
    attempt = make_attempt(
        state="review", tries=5, asked_count=5, asked_at=timezone.now(), failure_code="too_many_tries"
    )
    outcomes.put_in_review(attempt.order_id)
    return PaymentAttempt.objects.get()


def _charge(attempt: PaymentAttempt, status: str = "succeeded") -> dict[str, Any]:
    known = {"id": "ch_found", "status": status, "amount": 4186, "currency": "usd"}
    return {**known, "reference": attempt.order.number}


def _stand() -> tuple[str, bool, str, int]:
    """Return how the order, its review, the attempt and the reservation stand."""
    order, attempt = Order.objects.get(), PaymentAttempt.objects.get()
    return order.status, order.is_in_review, attempt.state, Product.objects.get().reserved


@pytest.mark.parametrize("act", [reviewing.look_up, reviewing.cancel])
def test_what_was_charged_pays_the_order(reviewed: PaymentAttempt, edge: Edge, act: Any) -> None:
    edge.lookups = [listing(_charge(reviewed))]

    assert act(reviewed.pk, ACT) == "It was charged: the order is paid."

    assert (_stand(), edge.asked) == (("paid", False, "approved", 0), [])
    assert PaymentAttempt.objects.get().charged_minor == 4186


@pytest.mark.parametrize("charges", [[], ["failed"]], ids=str)
def test_what_was_not_charged_may_be_paid_another_way(
    client: Client, reviewed: PaymentAttempt, edge: Edge, charges: list[str]
) -> None:
    edge.lookups = [listing(*(_charge(reviewed, status) for status in charges))]

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
    PaymentAttempt.objects.update(tries=1)
    assert claim_reviewed(reviewed.pk) is not None
    PaymentAttempt.objects.update(lease_until=timezone.now())

    charging.charge(reviewed.pk)

    assert (_stand(), edge.asked) == (("placed", True, "review", 1), [])


@pytest.mark.django_db(transaction=True)
def test_many_at_once_act_once(reviewed: PaymentAttempt, edge: Edge) -> None:
    edge.lookups = [listing(_charge(reviewed))] * 4

    said = all_at_once([lambda: reviewing.look_up(reviewed.pk, ACT)] * 4)

    assert sorted(said) == ["It was charged: the order is paid.", *[CHANGED_MEANWHILE] * 3]
    assert len(edge.looked_up) == 1


def test_a_refund_in_review_is_asked_for_again(reviewed: PaymentAttempt, edge: Edge) -> None:
    edge.lookups = [listing(_charge(reviewed))]
    reviewing.look_up(reviewed.pk, ACT)
    begun = give_back(reviewed.pk, wish_of())
    assert begun is not None
    Refund.objects.update(state="review", tries=5, failure_code="too_many_tries")

    reviewing.refund_again(begun.pk, ACT)
    refunding.refund(begun.pk)

    assert (edge.keys, Order.objects.get().status) == ([begun.idempotency_key], "refunded")
    assert "no longer in review" in reviewing.refund_again(begun.pk, ACT)


@pytest.mark.parametrize("act", ACTS)
def test_the_page_asks_why_and_acts_once(admin_client: Client, reviewed: PaymentAttempt, act: str) -> None:
    page = f"/admin/orders/order/{reviewed.order_id}/review/{act}/"
    assert f'href="{page}"' in admin_client.get(page.partition("review")[0] + "change/").content.decode()

    assert admin_client.post(page, {"reason": ""}).status_code == 422
    assert _stand()[2] == "review"
    for _ in range(2):
        assert admin_client.post(page, {"reason": "Asked."}).status_code == 302

    assert _stand()[2] != "review"
    assert HistoryEntry.objects.filter(note__endswith=": Asked.").count() == 1


@pytest.mark.parametrize("act", ACTS)
def test_only_who_may_acts(client: Client, reviewed: PaymentAttempt, act: str) -> None:
    page = f"/admin/orders/order/{reviewed.order_id}/review/{act}/"
    assert client.post(page, {"reason": "x"}).status_code == 302
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)

    assert client.post(page, {"reason": "x"}).status_code == 403
    assert _stand() == ("placed", True, "review", 1)


def test_an_unknown_act_is_not_found(admin_client: Client, reviewed: PaymentAttempt) -> None:
    page = f"/admin/orders/order/{reviewed.order_id}/review/burn/"

    assert admin_client.post(page, {"reason": "x"}).status_code == 404


def test_the_list_shows_what_needs_somebody(admin_client: Client, reviewed: PaymentAttempt) -> None:
    overdue = make_attempt(next_attempt_at=timezone.now() - timedelta(minutes=2))
    fine = make_attempt()

    shown = admin_client.get("/admin/payments/paymentattempt/").content.decode()
    everything = admin_client.get("/admin/payments/paymentattempt/?needs=all").content.decode()

    for words in (reviewed.order.number, overdue.order.number, "too many tries", "overdue since"):
        assert words in shown
    assert (fine.order.number in shown, fine.order.number in everything) == (False, True)


def test_the_list_of_refunds_leads_on(admin_client: Client, edge: Edge) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    begun = give_back(attempt.pk, wish_of())
    assert begun is not None
    Refund.objects.update(state="review", failure_code="charge_not_refundable")

    shown = admin_client.get("/admin/payments/refund/").content.decode()
    admin_client.post(f"/admin/payments/refund/{begun.pk}/again/", {"reason": "Once more."})

    assert "charge not refundable" in shown
    assert f"/admin/payments/refund/{begun.pk}/again/" in shown
    assert Refund.objects.get().state == "unknown"
