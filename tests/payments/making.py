"""Products, carts and orders to pay for, made by the shop's own code."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from orders import outcomes
from orders.models import Cart, CartLine, Order
from orders.placing import Customer
from payments import claiming
from payments.checkout import CheckoutRequest, check_out
from payments.models import PaymentAttempt
from payments.provider import ChargeRequest
from webstore.catalog.models import Category, Product

CUSTOMER = Customer(
    email="mara@example.com",
    name="Mara Jones",
    address="12 Orchard Lane",
    country="US",
    payment_method="card",
)


REQUEST = ChargeRequest(
    key="key-1", amount_minor=4186, currency="usd", source="tok_approve", reference="K7QP-4M2X"
)


def make_product(*, price_minor: int = 4186, on_hand: int = 10) -> Product:
    shelf, _ = Category.objects.get_or_create(name="Fruit", slug="fruit", hue="leaf")
    name = f"Apples {uuid.uuid4().hex[:6]}"
    return Product.objects.create(
        category=shelf,
        name=name,
        slug=name.lower().replace(" ", "-"),
        fact="1 kg",
        picture="red-apple.webp",
        price_minor=price_minor,
        on_hand=on_hand,
    )


def make_cart(product: Product | None = None, *, quantity: int = 1) -> Cart:
    cart = Cart.objects.create()
    CartLine.objects.create(cart=cart, product=product or make_product(), quantity=quantity)
    return cart


def request_of(customer: Customer = CUSTOMER, *, total_minor: int = 4186) -> CheckoutRequest:
    """Return what a customer confirms on a fresh form."""
    return CheckoutRequest(
        customer=customer,
        payment_token="tok_approve",
        checkout_token=uuid.uuid4(),
        shown_total_minor=total_minor,
    )


def make_order() -> Order:
    return check_out(make_cart(), request_of())


def make_attempt(**fields: Any) -> PaymentAttempt:
    """Return the attempt of a freshly placed order, with some fields set otherwise."""
    order = make_order()
    PaymentAttempt.objects.filter(order=order).update(**fields)
    return order.attempts.get()


def kinds_of(order: Order) -> list[str]:
    """Return the kinds of the order's history, oldest first."""
    return list(order.history.values_list("kind", flat=True))


def rested_at() -> datetime:
    """Return when a row was last touched of which nothing can be on its way any more."""
    return timezone.now() - claiming.REST


def make_reviewed(failure_code: str = "too_many_tries", **fields: Any) -> PaymentAttempt:
    """Return an attempt in review that has rested, with some fields set otherwise."""
    asked = {"tries": 5, "asked_count": 5, "asked_at": timezone.now(), "updated_at": rested_at()}
    attempt = make_attempt(**{"state": "review", "failure_code": failure_code, **asked, **fields})
    outcomes.put_in_review(attempt.order_id)
    return attempt


def charge_of(attempt: PaymentAttempt, **changes: object) -> dict[str, object]:
    """Return the attempt's charge as the provider lists it, with some things told otherwise."""
    known = {"id": "ch_found", "status": "succeeded", "amount": attempt.amount_minor, "currency": "usd"}
    return {**known, "reference": attempt.order.number, **changes}
