"""The staff's lists and pages: what needs somebody, who may act, and that every act says why."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from orders.models import HistoryEntry
from payments import charging
from payments.models import PaymentAttempt, Refund
from payments.starting import give_back
from tests.payments.edge import Edge, listing
from tests.payments.making import charge_of, make_attempt, make_reviewed, rested_at
from tests.payments.test_refunds import wish_of

pytestmark = pytest.mark.django_db

UNANSWERED = ["look-up", "charge-again", "cancel", "settle"]
CHARGED_WRONGLY = ["look-up", "keep-one", "refund-all", "settle"]
ACTS = [("too_many_tries", act) for act in UNANSWERED] + [
    ("charged_more_than_once", act) for act in CHARGED_WRONGLY
]
REFUND_ACTS = ["again", "give-up", "elsewhere"]


def _page(attempt: PaymentAttempt, act: str) -> str:
    return f"/admin/orders/order/{attempt.order_id}/review/{act}/"


def _reviewed_refund() -> Refund:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    assert give_back(attempt.pk, wish_of()) is not None
    Refund.objects.update(state="review", failure_code="charge_not_refundable", updated_at=rested_at())
    return Refund.objects.get()


def _clerk(*permissions: str) -> User:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return clerk


@pytest.mark.parametrize(("code", "act"), ACTS)
def test_the_page_asks_why_and_acts_once(admin_client: Client, edge: Edge, code: str, act: str) -> None:
    attempt = make_reviewed(code)
    edge.lookups = [listing(charge_of(attempt, id="ch_1"), charge_of(attempt, id="ch_2"))]
    edge.lookups = edge.lookups if code == "charged_more_than_once" and act != "look-up" else []
    page = _page(attempt, act)
    assert f'href="{page}"' in admin_client.get(page.partition("review")[0] + "change/").content.decode()

    assert admin_client.post(page, {"reason": "", "charge": "ch_1"}).status_code == 422
    assert PaymentAttempt.objects.get().state == "review"
    for _ in range(2):
        assert admin_client.post(page, {"reason": "Asked.", "charge": "ch_1"}).status_code == 302

    assert PaymentAttempt.objects.get(pk=attempt.pk).state != "review"
    assert HistoryEntry.objects.filter(note__startswith="admin ", note__endswith=": Asked.").count() == 1


@pytest.mark.parametrize(
    ("code", "offered"), [("too_many_tries", UNANSWERED), ("charged_something_else", CHARGED_WRONGLY)]
)
def test_only_what_fits_is_offered(admin_client: Client, code: str, offered: list[str]) -> None:
    attempt = make_reviewed(code)

    page = admin_client.get(f"/admin/orders/order/{attempt.order_id}/change/").content.decode()

    shown = [act for act in dict.fromkeys(UNANSWERED + CHARGED_WRONGLY) if _page(attempt, act) in page]
    assert sorted(shown) == sorted(offered)
    for act in {*UNANSWERED, *CHARGED_WRONGLY} - set(offered):
        assert admin_client.post(_page(attempt, act), {"reason": "x", "charge": "x"}).status_code == 302
    assert PaymentAttempt.objects.get().state == "review"


def test_what_is_overdue_is_acted_on_too(admin_client: Client) -> None:
    attempt = make_attempt(state="unknown", next_attempt_at=rested_at(), updated_at=rested_at())

    page = admin_client.get(f"/admin/orders/order/{attempt.order_id}/change/").content.decode()

    assert [act for act in UNANSWERED if _page(attempt, act) in page] == UNANSWERED[:3]


@pytest.mark.parametrize(("act", "told"), [("look-up", True), ("charge-again", False)])
def test_the_page_says_when_it_can_be_asked(admin_client: Client, act: str, told: bool) -> None:
    attempt = make_reviewed(updated_at=timezone.now() - timedelta(seconds=17.01))

    page = admin_client.get(_page(attempt, act)).content.decode()

    assert ("Not before 43 s have passed" in page) == told


@pytest.mark.parametrize(
    ("act", "needed"),
    [
        ("look-up", ["view_order", "change_paymentattempt"]),
        ("settle", ["view_order", "change_paymentattempt", "add_refund"]),
    ],
)
def test_only_who_may_acts(client: Client, act: str, needed: list[str]) -> None:
    attempt = make_reviewed()
    assert client.post(_page(attempt, act), {"reason": "x"}).status_code == 302
    clerk = _clerk()
    client.force_login(clerk)

    for missing in needed:
        clerk.user_permissions.set(Permission.objects.filter(codename__in={*needed} - {missing}))
        assert client.post(_page(attempt, act), {"reason": "x"}).status_code == 403
    assert PaymentAttempt.objects.get().state == "review"
    clerk.user_permissions.set(Permission.objects.filter(codename__in=needed))
    assert client.get(_page(attempt, act)).status_code == 200


@pytest.mark.parametrize("act", REFUND_ACTS)
def test_only_who_may_acts_on_refunds(client: Client, edge: Edge, act: str) -> None:
    page = f"/admin/payments/refund/{_reviewed_refund().pk}/{act}/"
    clerk = _clerk("view_order", "change_paymentattempt", "add_refund")
    client.force_login(clerk)
    assert client.post(page, {"reason": "x"}).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename="change_refund"))
    assert client.post(page, {"reason": "x"}).status_code == 403
    assert Refund.objects.get().state == "review"

    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "change_refund"]))

    assert client.get(page).status_code == 200


def test_who_refunds_must_see_orders(client: Client) -> None:
    attempt = make_attempt(state="approved", charged_minor=4186)
    client.force_login(_clerk("add_refund"))

    assert client.get(f"/admin/orders/order/{attempt.order_id}/refund/").status_code == 403


@pytest.mark.parametrize("act", ["burn", "again"])
def test_an_unknown_act_is_not_found(admin_client: Client, act: str) -> None:
    assert admin_client.post(_page(make_reviewed(), act), {"reason": "x"}).status_code == 404


def test_the_list_shows_what_needs_somebody(admin_client: Client) -> None:
    reviewed = make_reviewed()
    overdue = make_attempt(next_attempt_at=timezone.now() - timedelta(minutes=2))
    fine = make_attempt()

    shown = admin_client.get("/admin/payments/paymentattempt/").content.decode()
    everything = admin_client.get("/admin/payments/paymentattempt/?needs=all").content.decode()

    for words in (reviewed.order.number, overdue.order.number, "too many tries", "overdue since"):
        assert words in shown
    assert (fine.order.number in shown, fine.order.number in everything) == (False, True)


@pytest.mark.parametrize(
    ("act", "state"), [("again", "unknown"), ("give-up", "given_up"), ("elsewhere", "succeeded")]
)
def test_the_list_of_refunds_leads_on(admin_client: Client, edge: Edge, act: str, state: str) -> None:
    page = f"/admin/payments/refund/{_reviewed_refund().pk}/{act}/"

    shown = admin_client.get("/admin/payments/refund/").content.decode()
    admin_client.post(page, {"reason": "Once more."})

    assert "charge not refundable" in shown
    assert f'href="{page}"' in shown
    assert Refund.objects.get().state == state
    assert HistoryEntry.objects.filter(note__startswith="admin ", note__endswith=": Once more.").count() == 1
