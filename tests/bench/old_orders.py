"""Orders of a shop that has worked for long, written in bulk: each consistent with the ledger."""

import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db.models import F

from orders.models import HistoryEntry, Order, OrderLine
from payments.models import PaymentAttempt, Refund
from payments.sandbox.ledger import Ledger
from webstore.catalog import stock
from webstore.catalog.models import Category, Product

_BATCH = 2_000
_PRODUCTS = 50
_PRICE = 4186
_LONG_AGO = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
_AS_LONG_AS_IT_LASTS = datetime(2126, 1, 5, 12, 0, tzinfo=UTC)

_REQUEST = """
INSERT INTO requests
    (idempotency_key, fingerprint, source, amount, currency, reference, description, asked_at)
VALUES (?, '', 'tok_approve', 1, 'usd', '', '', 0)
"""
_CHARGE = """
INSERT INTO charges (request_id, status, amount, id, reference, currency, created)
VALUES (?, ?, ?, ?, ?, 'usd', 0)
"""
_GIVEN_BACK = """
INSERT INTO refunds (request_id, amount, reference, id, charge_id, created)
VALUES (?, ?, ?, ?, ?, 0)
"""


@dataclass(frozen=True)
class Life:
    """How one order in so many went: its status, its attempt's state, and its history."""

    share: int
    status: str
    state: str
    kinds: tuple[str, ...]
    charge: str | None = None
    refunded_minor: int = 0
    values: dict[str, Any] = field(default_factory=dict)


_PAID = {"paid_at": _LONG_AGO}
_REFUNDED = ("refunding", "refunded")
_LIVES = (
    Life(75, "paid", "approved", ("placed", "charging", "paid"), "succeeded", 0, _PAID),
    Life(5, "paid", "approved", ("placed", "charging", "no_answer", "paid"), "succeeded", 0, _PAID),
    Life(3, "refunded", "approved", ("placed", "charging", "paid", *_REFUNDED), "succeeded", _PRICE, _PAID),
    Life(
        2, "partly_refunded", "approved", ("placed", "charging", "paid", *_REFUNDED), "succeeded", 500, _PAID
    ),
    Life(8, "expired", "declined", ("placed", "charging", "declined", "expired"), "failed"),
    Life(5, "cancelled", "cancelled", ("placed", "cancelled")),
    Life(2, "placed", "review", ("placed", "charging", "review"), None, 0, {"is_in_review": True}),
)


def fill(ledger: Path, order_count: int) -> None:
    """Make tables, products and orders, and the ledger that goes with them."""
    call_command("migrate", verbosity=0)
    Ledger(ledger)
    products = _products(order_count)
    with closing(sqlite3.connect(ledger)) as book:
        numbered = iter(range(order_count))
        while batch := list(islice(numbered, _BATCH)):
            _fill(batch, products, book)
            book.commit()


def _products(order_count: int) -> list[Product]:
    shelf = Category.objects.create(name="Shelf", slug="shelf", hue="oat")
    names = [f"thing-{number}" for number in range(_PRODUCTS)]
    products = Product.objects.bulk_create(
        Product(category=shelf, name=name, slug=name, price_minor=_PRICE, on_hand=order_count)
        for name in names
    )
    stock.record_first(Product.objects.all())
    return products


def _fill(batch: list[int], products: list[Product], book: sqlite3.Connection) -> None:
    lives = [_life(number) for number in batch]
    orders = Order.objects.bulk_create(_order(life) for life in lives)
    bought = [products[number % _PRODUCTS] for number in batch]
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, product_name="Thing", unit_price_minor=_PRICE, quantity=1)
        for order, product in zip(orders, bought, strict=True)
    )
    _take(lives, bought)
    HistoryEntry.objects.bulk_create(_history(orders, lives))
    attempts = PaymentAttempt.objects.bulk_create(
        _attempt(order, life) for order, life in zip(orders, lives, strict=True)
    )
    refunds = Refund.objects.bulk_create(
        _refund(attempt, life) for attempt, life in zip(attempts, lives, strict=True) if life.refunded_minor
    )
    _book(book, [(attempt, life) for attempt, life in zip(attempts, lives, strict=True)], refunds)


def _life(number: int) -> Life:
    position = number * 37 % sum(life.share for life in _LIVES)
    for life in _LIVES:
        position -= life.share
        if position < 0:
            return life
    raise AssertionError(number)


def _order(life: Life) -> Order:
    return Order(
        checkout_token=uuid.uuid4(),
        status=life.status,
        email="mara@example.com",
        name="Mara Lind",
        address="12 Station Road",
        country="US",
        payment_method="card",
        total_minor=_PRICE,
        refunded_minor=life.refunded_minor,
        reserved_until=_AS_LONG_AS_IT_LASTS,
        **life.values,
    )


def _take(lives: list[Life], bought: list[Product]) -> None:
    """Reserve and sell what the orders hold."""
    taken = Counter(
        (life.status == "placed", product.pk)
        for life, product in zip(lives, bought, strict=True)
        if life.status == "placed" or life.charge == "succeeded"
    )
    for (is_promised, product_id), units in taken.items():
        change = {"reserved": F("reserved") + units} if is_promised else {"on_hand": F("on_hand") - units}
        Product.objects.filter(pk=product_id).update(**change)


def _history(orders: list[Order], lives: list[Life]) -> Iterator[HistoryEntry]:
    for order, life in zip(orders, lives, strict=True):
        for kind in life.kinds:
            yield HistoryEntry(order=order, kind=kind, actor="worker", sentence="So it went.")


def _attempt(order: Order, life: Life) -> PaymentAttempt:
    return PaymentAttempt(
        order=order,
        state=life.state,
        payment_method="card",
        payment_token="tok_approve",
        idempotency_key=uuid.uuid4().hex,
        amount_minor=_PRICE,
        currency="USD",
        charged_minor=_PRICE if life.charge == "succeeded" else 0,
        refunded_minor=life.refunded_minor,
        provider_reference=f"ch_{uuid.uuid4().hex[:24]}" if life.charge else "",
    )


def _refund(attempt: PaymentAttempt, life: Life) -> Refund:
    return Refund(
        attempt=attempt,
        state="succeeded",
        reason="It broke.",
        idempotency_key=uuid.uuid4().hex,
        amount_minor=life.refunded_minor,
        currency="USD",
        provider_reference=f"re_{uuid.uuid4().hex[:24]}",
    )


def _book(book: sqlite3.Connection, asked: list[tuple[PaymentAttempt, Life]], refunds: list[Refund]) -> None:
    for attempt, life in asked:
        if life.charge:
            named = (attempt.provider_reference, attempt.order.number)
            book.execute(_CHARGE, (_enter(book), life.charge, _PRICE, *named))
    for refund in refunds:
        number = f"{refund.attempt.order.number}-R{refund.pk}"
        named = (refund.provider_reference, refund.attempt.provider_reference)
        book.execute(_GIVEN_BACK, (_enter(book), refund.amount_minor, number, *named))


def _enter(book: sqlite3.Connection) -> int | None:
    """Write a request down, and return its id."""
    return book.execute(_REQUEST, (uuid.uuid4().hex,)).lastrowid
