"""Staff find an order, read what happened, and open its trace; nobody edits by hand."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries as Counting
from pytest_django import Settings

from orders import outcomes
from orders.models import HistoryEntry, Order
from orders.placing import Customer
from tests.orders import builders
from webstore.catalog.models import Product

LIST = "/admin/orders/order/"


def numbers(client: Client, query: str = "") -> list[str]:
    html = client.get(f"{LIST}?{query}").content.decode()
    return re.findall(r'<th class="field-number[^"]*"><a [^>]*>([^<]*)</a>', html)


def detail(client: Client, order: Order) -> str:
    return client.get(f"{LIST}{order.pk}/change/").content.decode()


@pytest.fixture
def two_orders(placed: Order, coffee: Product) -> tuple[Order, Order]:
    """Mara's by card, not paid; Dan's from Germany by PayPal, paid."""
    dan = Customer("dan@example.org", "Dan", "1 Weg", "DE", "paypal")
    paid = builders.placed_order((coffee, 1), customer=dan)
    outcomes.mark_paid(paid.pk)
    return placed, paid


def test_the_list_shows_what_staff_ask_for(admin_client: Client, two_orders: tuple[Order, Order]) -> None:
    html = admin_client.get(LIST).content.decode()

    assert numbers(admin_client) == [two_orders[1].number, two_orders[0].number]
    for words in ("$17.00", "$8.50", "○ Placed", "● Paid", "Germany", "PayPal"):
        assert words in html


def test_search_finds_by_number_and_e_mail(admin_client: Client, two_orders: tuple[Order, Order]) -> None:
    mara, dan = two_orders

    assert numbers(admin_client, f"q={mara.number[:6].lower()}") == [mara.number]
    assert numbers(admin_client, "q=dan@example.org") == [dan.number]
    assert numbers(admin_client, "q=nobody") == []
    assert "The start of an order" in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize("query", ["status__exact=paid", "country__exact=DE", "payment_method__exact=paypal"])
def test_filters_narrow_the_list(admin_client: Client, two_orders: tuple[Order, Order], query: str) -> None:
    assert numbers(admin_client, query) == [two_orders[1].number]


def test_review_filter_finds_what_waits_for_somebody(
    admin_client: Client, two_orders: tuple[Order, Order]
) -> None:
    outcomes.put_in_review(two_orders[0].pk)

    assert numbers(admin_client, "is_in_review__exact=1") == [two_orders[0].number]
    assert "! In review" in admin_client.get(LIST).content.decode()


def test_date_filter_leaves_older_orders_out(admin_client: Client, two_orders: tuple[Order, Order]) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Order.objects.filter(pk=two_orders[0].pk).update(placed_at=yesterday - timedelta(days=1))

    assert numbers(admin_client, urlencode({"placed_at__gte": yesterday})) == [two_orders[1].number]


def test_the_page_tells_the_whole_story(admin_client: Client, placed: Order) -> None:
    html = detail(admin_client, placed)

    for words in (placed.number, "You placed the order for $17.00.", "House blend coffee", "$8.50"):
        assert words in html
    for words in ("Mara Lind", "mara@example.com", "12 Station Road", "100 on hand, 2 reserved"):
        assert words in html


def test_the_page_opens_the_trace(admin_client: Client, placed: Order, settings: Settings) -> None:
    settings.TRACE_URL = "https://traces.example/t/{trace_id}?from=shop"

    html = detail(admin_client, placed)

    link = f"https://traces.example/t/{builders.TRACE_ID}?from=shop"
    assert f'<a class="open-trace" href="{link}">Open trace</a>' in html
    # The order's own, and that of its one history entry.
    assert html.count(f'<a href="{link}">trace</a>') == 2


def test_without_a_trace_there_is_no_link(admin_client: Client, placed: Order) -> None:
    Order.objects.update(trace_id="")
    HistoryEntry.objects.update(trace_id="")

    html = detail(admin_client, placed)

    assert "No trace was recorded" in html
    assert settings.TRACE_URL.partition("{")[0] not in html


def test_nobody_adds_changes_or_deletes(admin_client: Client, placed: Order) -> None:
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.get(f"{LIST}{placed.pk}/delete/").status_code == 403
    assert admin_client.post(f"{LIST}{placed.pk}/change/", {"name": "Eve"}).status_code == 403
    assert "delete_selected" not in admin_client.get(LIST).content.decode()
    assert Order.objects.get().name == "Mara Lind"


def test_only_staff_see_orders(client: Client, placed: Order) -> None:
    client.force_login(User.objects.create_user("mara"))

    assert client.get(LIST).status_code == 302
    assert client.get(f"{LIST}{placed.pk}/change/").status_code == 302


def test_the_list_costs_the_same_for_many_orders(
    admin_client: Client, coffee: Product, django_assert_max_num_queries: Counting
) -> None:
    for _ in range(10):
        builders.placed_order((coffee, 1))

    # Session, user, one count, one page.
    with django_assert_max_num_queries(5):
        admin_client.get(LIST)


def test_the_page_costs_few_queries(
    admin_client: Client,
    coffee: Product,
    apples: Product,
    django_assert_max_num_queries: Counting,
) -> None:
    order = builders.placed_order((coffee, 1), (apples, 1))

    with django_assert_max_num_queries(8):
        detail(admin_client, order)
