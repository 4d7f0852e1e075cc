"""Staff give money back: amount and reason, a second look, one refund however often it is pressed."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from orders.models import HistoryEntry, Order
from payments import charging, refunding
from payments.models import PaymentAttempt, Refund
from tests.payments.edge import Edge
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(edge: Edge) -> Order:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    return attempt.order


@pytest.fixture
def besides(paid: Order) -> PaymentAttempt:
    """A second charge of the order, of another amount, that nothing gives back."""
    return paid.attempts.create(
        state="error",
        idempotency_key="charge-ch_besides",
        provider_reference="ch_besides",
        amount_minor=999,
        charged_minor=999,
        currency="USD",
    )


def _page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/refund/"


def _filled(client: Client, order: Order, **changes: str) -> dict[str, str]:
    html = client.get(_page(order)).content.decode()
    hidden = re.findall(r'name="(key|charge)" value="([^"]+)"', html)
    return {"amount": "10.00", "reason": "It broke.", **dict(hidden)} | changes


def _confirmed(client: Client, order: Order, **changes: str) -> Any:
    return client.post(_page(order), _filled(client, order, confirmed="yes", **changes), follow=True)


def test_offers_all_that_is_left(admin_client: Client, paid: Order) -> None:
    order_page = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()

    assert f'href="{_page(paid)}">Refund up to $41.86</a>' in order_page
    assert 'name="amount" value="41.86"' in admin_client.get(_page(paid)).content.decode()


def test_asks_once_more_before_anything_happens(admin_client: Client, paid: Order) -> None:
    html = admin_client.post(_page(paid), _filled(admin_client, paid)).content.decode()

    assert "<strong>$10.00</strong> of order" in html
    assert 'value="Refund $10.00"' in html
    assert not Refund.objects.exists()


def test_the_second_look_gives_back(admin_client: Client, paid: Order) -> None:
    answer = _confirmed(admin_client, paid)

    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason, refund.asked_by) == (1000, "It broke.", "admin")
    entry = HistoryEntry.objects.latest("pk")
    assert (entry.actor, entry.sentence) == ("staff", "$10.00 is on its way back to you.")
    assert entry.note == "admin: It broke."
    assert "$10.00 is on its way back." in answer.content.decode()


@pytest.mark.parametrize("amount", ["10.00", "41.86"])
def test_a_second_press_changes_nothing(admin_client: Client, paid: Order, amount: str) -> None:
    form = _filled(admin_client, paid, confirmed="yes", amount=amount)

    for _ in range(3):
        admin_client.post(_page(paid), form)

    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "41.87", "$41.86 is left to give back."),
        ("amount", "0", "greater than or equal to 0.01"),
        ("amount", "-1", "greater than or equal to 0.01"),
        ("amount", "1.001", "no more than 2 decimal places"),
        ("amount", "NaN", "Enter a number."),
        ("amount", "", "This field is required."),
        ("reason", "", "This field is required."),
        ("key", "x", "Enter a valid UUID."),
    ],
)
def test_says_what_is_wrong(admin_client: Client, paid: Order, field: str, value: str, words: str) -> None:
    answer = _confirmed(admin_client, paid, **{field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Refund.objects.exists()


def test_staff_without_the_permission_see_why(client: Client, paid: Order) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)

    page = client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()

    assert "Refunds need the permission to add refunds" in page
    assert client.post(_page(paid), {"amount": "1", "confirmed": "yes"}).status_code == 403
    assert not Refund.objects.exists()


def test_strangers_are_sent_to_the_login(client: Client, paid: Order) -> None:
    assert client.post(_page(paid), {"amount": "1", "confirmed": "yes"}).status_code == 302
    assert not Refund.objects.exists()


@pytest.mark.parametrize("state", ["due", "declined"])
def test_nothing_is_offered_that_was_not_charged(admin_client: Client, state: str) -> None:
    order = make_attempt(state=state).order

    assert "Refund up to" not in admin_client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "Nothing is left to give back." in admin_client.get(_page(order), follow=True).content.decode()


def test_customers_read_of_it_but_not_who_and_why(client: Client, admin_client: Client, paid: Order) -> None:
    _confirmed(admin_client, paid)
    on_its_way = client.get(paid.get_absolute_url()).content.decode()
    refunding.refund(Refund.objects.get().pk)
    done = client.get(paid.get_absolute_url()).content.decode()

    assert "Money is on its way back to you." in on_its_way
    assert "<h1>Refunded $10.00</h1>" in done
    assert "$10.00 was refunded. It arrives in 3–5 days." in done
    assert "It broke." not in done


def test_the_staffs_page_shows_what_went_back(admin_client: Client, paid: Order) -> None:
    _confirmed(admin_client, paid)
    refunding.refund(Refund.objects.get().pk)

    page = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()

    for words in ("$10.00 Succeeded", "admin: It broke.", "Refund up to $31.86", "◐ Partly refunded"):
        assert words in page
    assert PaymentAttempt.objects.get().refundable_minor == 3186


def test_what_was_charged_besides_goes_back_first(
    admin_client: Client, paid: Order, besides: PaymentAttempt
) -> None:
    order_page = admin_client.get(f"/admin/orders/order/{paid.pk}/change/").content.decode()

    _confirmed(admin_client, paid, amount="9.99")

    assert "Refund up to $9.99</a>" in order_page
    assert Refund.objects.get().attempt == besides


def test_staff_choose_among_charges(admin_client: Client, paid: Order, besides: PaymentAttempt) -> None:
    payment = paid.attempts.get(state="approved")
    first = admin_client.get(_page(paid)).content.decode()
    assert f'<a href="?charge={payment.pk}">ch_yes, which paid the order ($41.86 left)</a>' in first

    chosen = f"{_page(paid)}?charge={payment.pk}"
    admin_client.post(chosen, _filled(admin_client, paid, confirmed="yes", charge=str(payment.pk)))

    assert f'name="charge" value="{payment.pk}"' in admin_client.get(chosen).content.decode()
    assert Refund.objects.get().attempt == payment


def test_one_who_comes_second_takes_from_no_other_charge(
    admin_client: Client, paid: Order, besides: PaymentAttempt
) -> None:
    second = _filled(admin_client, paid, confirmed="yes", amount="9.99")
    _confirmed(admin_client, paid, amount="9.99")

    answer = admin_client.post(_page(paid), second, follow=True)

    assert "Nothing more was given back: what is left has changed. Look again." in answer.content.decode()
    assert Refund.objects.get().attempt == besides


def test_a_charge_of_another_order_is_not_found(
    admin_client: Client, paid: Order, besides: PaymentAttempt
) -> None:
    other = make_attempt(state="approved", charged_minor=4186)

    for charge in (str(other.pk), "", "x", "9" * 30):
        answer = _confirmed(admin_client, paid, charge=charge)

        assert "Nothing more was given back: what is left has changed." in answer.content.decode()
    assert not Refund.objects.exists()
