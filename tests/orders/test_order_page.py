"""The order page says how the payment stands, and follows it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orders import history, outcomes
from orders.models import HistoryEntry, Order
from tests.orders import builders

Kind = HistoryEntry.Kind
HTMX = {"HX-Request": "true"}


def record(order: Order, kind: HistoryEntry.Kind) -> None:
    actor = HistoryEntry.Actor.WORKER
    history.record(order.pk, kind=kind, actor=actor, sentence=f"It is {kind}.", trace_id=builders.TRACE_ID)


def page(client: Client, order: Order) -> str:
    return client.get(order.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("kind", "title", "headline", "sentence"),
    [
        (Kind.CHARGING, "Paying…", "Paying…", "We are charging your card."),
        (Kind.NO_ANSWER, "No answer yet", "Your bank has not answered yet", "You cannot be charged twice."),
        (Kind.DECLINED, "Declined", "Your bank said no", "Nothing was charged."),
    ],
)
def test_an_unpaid_order_says_what_happened_last(
    client: Client, placed: Order, kind: HistoryEntry.Kind, title: str, headline: str, sentence: str
) -> None:
    record(placed, kind)

    html = page(client, placed)

    assert f"<title>{title} · Order {placed.number} · WebStore</title>" in html
    assert f"<h1>{headline}</h1>" in html
    assert sentence in html


def test_a_paid_order_thanks(client: Client, placed: Order) -> None:
    outcomes.mark_paid(placed.pk)
    record(placed, Kind.PAID)

    html = page(client, placed)

    assert f"<title>Paid · Order {placed.number} · WebStore</title>" in html
    assert "<h1>Paid. Thank you, Mara.</h1>" in html
    assert "We received $17.00." in html


def test_an_order_in_review_says_that_a_person_looks(client: Client, placed: Order) -> None:
    record(placed, Kind.REVIEW)
    outcomes.put_in_review(placed.pk)

    html = page(client, placed)

    assert "<h1>We are checking your payment</h1>" in html
    assert "A person looks at it within one working day." in html


@pytest.mark.parametrize(
    ("status", "headline"),
    [("cancelled", "Cancelled"), ("expired", "Expired"), ("refunded", "Refunded $17.00")],
)
def test_an_order_that_is_over_says_so(client: Client, placed: Order, status: str, headline: str) -> None:
    money = {"paid_at": timezone.now(), "refunded_minor": 1700} if status == "refunded" else {}
    Order.objects.update(status=status, **money)

    assert f"<h1>{headline}</h1>" in page(client, placed)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.REFUNDING, "What was charged for it goes back to you."),
        (Kind.REFUNDED, "What was charged for it went back to you. The money arrives in 3–5 days."),
        (Kind.REFUND_FAILED, "What was charged for it did not go back yet."),
        (Kind.CANCELLED, "It is cancelled."),
    ],
)
def test_a_cancelled_order_says_what_became_of_its_money(
    client: Client, placed: Order, kind: HistoryEntry.Kind, sentence: str
) -> None:
    Order.objects.update(status="cancelled")
    record(placed, kind)

    html = page(client, placed)

    assert sentence in html.partition("<h1>Cancelled</h1>")[2].partition("</p>")[0]
    assert "Nothing was charged." not in html


def test_a_declined_order_can_be_paid_otherwise(client: Client, placed: Order) -> None:
    record(placed, Kind.DECLINED)

    assert f'href="{placed.get_absolute_url()}/pay"' in page(client, placed)


@pytest.mark.parametrize("kind", [Kind.CHARGING, Kind.NO_ANSWER, Kind.REVIEW])
def test_while_an_answer_is_awaited_nobody_pays_again(
    client: Client, placed: Order, kind: HistoryEntry.Kind
) -> None:
    record(placed, kind)

    assert "/pay" not in page(client, placed).replace("/payments/", "")


def test_the_page_shows_what_was_bought_and_where_it_goes(client: Client, placed: Order) -> None:
    html = page(client, placed)

    for words in ("House blend coffee", "2 × ", "$17.00", "Mara Lind", "12 Station Road", "United States"):
        assert words in html
    assert "You placed the order for $17.00." in html
    assert "m…@example.com" in html
    assert "mara@example.com" not in html
    assert builders.TRACE_ID not in html


def test_a_moving_order_asks_again_with_and_without_script(client: Client, placed: Order) -> None:
    html = page(client, placed)

    assert f'hx-get="{placed.get_absolute_url()}?seen=paying-1-1" hx-trigger="every 1s"' in html
    assert '<meta http-equiv="refresh" content="3">' in html
    assert f'href="{placed.get_absolute_url()}">Refresh</a>' in html


@pytest.mark.parametrize(("age_seconds", "every"), [(9, "1s"), (11, "3s"), (61, "15s")])
def test_the_page_asks_less_often_when_nothing_moves(
    client: Client, placed: Order, age_seconds: int, every: str
) -> None:
    HistoryEntry.objects.update(happened_at=timezone.now() - timedelta(seconds=age_seconds))

    assert f'hx-trigger="every {every}"' in page(client, placed)


@pytest.mark.parametrize("kind", [Kind.DECLINED, Kind.PAID])
def test_a_settled_order_stops_asking(client: Client, placed: Order, kind: HistoryEntry.Kind) -> None:
    if kind == Kind.PAID:
        outcomes.mark_paid(placed.pk)
    record(placed, kind)

    html = page(client, placed)

    assert "hx-get" not in html
    assert "http-equiv" not in html


def test_htmx_gets_the_changed_part_title_and_one_sentence(client: Client, placed: Order) -> None:
    outcomes.mark_paid(placed.pk)
    record(placed, Kind.PAID)

    html = client.get(f"{placed.get_absolute_url()}?seen=paying-1-1", headers=HTMX).content.decode()

    assert f"<title>Paid · Order {placed.number} · WebStore</title>" in html
    assert '<p id="order-news" hx-swap-oob="innerHTML">Paid. Thank you, Mara.' in html
    assert "<html" not in html


def test_htmx_gets_nothing_when_nothing_changed(client: Client, placed: Order) -> None:
    answer = client.get(f"{placed.get_absolute_url()}?seen=paying-1-1", headers=HTMX)

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_no_browser_keeps_the_page(client: Client, placed: Order, headers: dict[str, str]) -> None:
    assert client.get(placed.get_absolute_url(), headers=headers)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", ["x" * 43, "1", "%00", "a%20b", "ä"])
def test_a_foreign_token_is_not_found(client: Client, placed: Order, token: str) -> None:
    assert client.get(f"/orders/{token}").status_code == 404
    assert client.get(f"/orders/{placed.token[:-1]}").status_code == 404


def test_a_name_is_text_never_markup(client: Client, placed: Order) -> None:
    Order.objects.update(name="<script>x</script>")

    assert "<script>x" not in page(client, placed)
