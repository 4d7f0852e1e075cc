"""From a cart to an order: price it, reserve the stock, write it down.

The three steps run inside the caller's transaction; a `CannotPlace` must roll it back.
Its message is for the customer.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from orders import history, reservations
from orders.carts import lines_of
from orders.models import Cart, CartLine, HistoryEntry, Order, OrderLine, new_number
from webstore.catalog import stock
from webstore.catalog.models import Product
from webstore.catalog.money import CURRENCY, display


class CannotPlace(Exception):
    """No order was made; `message` tells the customer why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CartChanged(CannotPlace):
    """The cart is not what the customer confirmed."""


class SoldOut(CannotPlace):
    """Others were quicker."""


@dataclass(frozen=True)
class Customer:
    """Who buys, where it goes, and how it is paid."""

    email: str
    name: str
    address: str
    country: str
    payment_method: str


@dataclass(frozen=True)
class PricedLine:
    """What one can buy now, at today's price. Money in US cents."""

    product: Product
    quantity: int
    unit_price_minor: int
    total_minor: int


def priced_lines(cart: Cart) -> tuple[PricedLine, ...]:
    """Return what the cart buys now. Sold-out lines are left out; short ones hold what is left."""
    return tuple(_priced(line) for line in lines_of(cart) if line.buyable)


def total_of(lines: Sequence[PricedLine]) -> int:
    """Return US cents."""
    return sum(line.total_minor for line in lines)


def sign_of(lines: Sequence[PricedLine]) -> str:
    """Return what tells one set of lines from another, be the total the same."""
    told = " ".join(f"{line.product.pk}:{line.quantity}:{line.unit_price_minor}" for line in lines)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def validate_cart(cart: Cart, *, shown_total_minor: int) -> tuple[PricedLine, ...]:
    """Return the priced lines if they still cost what the customer was shown."""
    wanted = lines_of(cart)
    if not wanted:
        raise CartChanged("Your cart is empty. Nothing was ordered.")
    shortages = " ".join(_shortage(line.product) for line in wanted if line.buyable < line.quantity)
    lines = tuple(_priced(line) for line in wanted if line.buyable)
    if not lines:
        raise SoldOut(shortages)
    total_minor = total_of(lines)
    if total_minor != shown_total_minor:
        change = f"The total changed from {display(shown_total_minor)} to {display(total_minor)}."
        raise CartChanged(f"{change} {shortages}".strip())
    return lines


def check_lines(lines: Sequence[PricedLine], *, shown_sign: str) -> None:
    """Raise `CartChanged` when other things for the same total were confirmed."""
    if shown_sign != sign_of(lines):
        raise CartChanged("Your cart was changed in another window. Look at what is in it now.")


def reserve_stock(lines: Sequence[PricedLine]) -> None:
    """Promise every unit to the order, or raise `SoldOut` naming what is missing."""
    # In primary-key order: two buyers of the same things in another order never deadlock.
    for line in sorted(lines, key=lambda line: line.product.pk):
        if not stock.reserve(line.product.pk, quantity=line.quantity):
            raise SoldOut(_shortage(Product.objects.get(pk=line.product.pk)))


def create_order(
    *,
    cart: Cart,
    lines: Sequence[PricedLine],
    customer: Customer,
    checkout_token: uuid.UUID,
    trace_id: str,
) -> Order:
    """Write the order down, out of the cart. An `IntegrityError` means the token was used before."""
    order = Order.objects.create(
        number=_free_number(),
        checkout_token=checkout_token,
        email=customer.email,
        name=customer.name,
        address=customer.address,
        country=customer.country,
        payment_method=customer.payment_method,
        total_minor=total_of(lines),
        currency=CURRENCY,
        trace_id=trace_id,
        reserved_until=Now() + reservations.kept_for(),
    )
    OrderLine.objects.bulk_create(_snapshot(order, line) for line in lines)
    history.record(
        order.pk,
        kind=HistoryEntry.Kind.PLACED,
        actor=HistoryEntry.Actor.CUSTOMER,
        sentence=f"You placed the order for {display(order.total_minor)}.",
        trace_id=trace_id,
    )
    _take_out(cart, lines)
    return order


def _free_number() -> str:
    """Draw a number that nobody has. Should two draw one in the same moment, the database refuses it."""
    while Order.objects.filter(number=(number := new_number())).exists():
        pass
    return number


def _priced(line: CartLine) -> PricedLine:
    return PricedLine(line.product, line.buyable, line.product.price_minor, line.total_minor)


def _snapshot(order: Order, line: PricedLine) -> OrderLine:
    return OrderLine(
        order=order,
        product=line.product,
        product_name=line.product.name,
        unit_price_minor=line.unit_price_minor,
        quantity=line.quantity,
    )


def _shortage(product: Product) -> str:
    if product.available == 0:
        return f"{product.name}: sold out a moment ago."
    return f"{product.name}: only {product.available} left."


def _take_out(cart: Cart, lines: Sequence[PricedLine]) -> None:
    """Take what was ordered out of the cart; when it is gone, another tab has ordered it."""
    ordered = [line.product.pk for line in lines]
    removed_count, _ = CartLine.objects.filter(cart=cart, product_id__in=ordered).delete()
    if removed_count != len(lines):
        raise CartChanged("Your cart was ordered in another window.")
