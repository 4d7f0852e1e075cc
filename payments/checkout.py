"""Placing an order: all of it in one transaction, once per checkout form."""

import uuid
from dataclasses import dataclass

from django.db import IntegrityError

from orders.models import Cart, Order
from orders.placing import (
    CannotPlace,
    CartChanged,
    Customer,
    check_lines,
    create_order,
    reserve_stock,
    validate_cart,
)
from payments.models import PaymentAttempt
from payments.outbox import new_key
from payments.starting import Payment, add_attempt, ring_for
from webstore.telemetry import contract, instruments, propagation
from webstore.telemetry.tracing import span
from webstore.transactions import in_transaction


@dataclass(frozen=True)
class CheckoutRequest:
    """What the customer confirmed. `checkout_token` names the form it was confirmed on."""

    customer: Customer
    payment_token: str
    checkout_token: uuid.UUID
    shown_total_minor: int
    # What tells the lines that were shown from others; "" when nothing did.
    shown_sign: str = ""


def check_out(cart: Cart | None, request: CheckoutRequest) -> Order:
    """Return the order this form placed, now or before; raise `CannotPlace` when there is none.

    The very same form may run here many times at once. One insert of its token wins; the
    others find the cart emptied, the stock gone, or the token taken, and get the winner's order.
    """
    placed = _order_of(request)
    if placed is not None:
        return placed
    try:
        attempt = _place(cart, request)
    except (CannotPlace, IntegrityError):
        placed = _order_of(request)
        if placed is None:
            _count(request.customer, outcome=contract.REFUSED)
            raise
        return placed
    _measure(attempt.order)
    ring_for(attempt.pk)
    return attempt.order


def _order_of(request: CheckoutRequest) -> Order | None:
    return Order.objects.filter(checkout_token=request.checkout_token).first()


def _place(cart: Cart | None, request: CheckoutRequest) -> PaymentAttempt:
    if cart is None:
        raise CartChanged("Your cart is empty. Nothing was ordered.")
    # Taken before the spans below begin: what the workers do later is a child of the request itself.
    traceparent = propagation.current_traceparent()
    return in_transaction(lambda: _write(cart, request, traceparent), waits_for_locks=True)


def _write(cart: Cart, request: CheckoutRequest, traceparent: str) -> PaymentAttempt:
    with span(contract.VALIDATE_CART, expected=(CannotPlace,)):
        lines = validate_cart(cart, shown_total_minor=request.shown_total_minor)
        if request.shown_sign:
            check_lines(lines, shown_sign=request.shown_sign)
    with span(contract.CHECK_INVENTORY, expected=(CannotPlace,)):
        reserve_stock(lines)
    with span(contract.CREATE_ORDER):
        order = create_order(
            cart=cart,
            lines=lines,
            customer=request.customer,
            checkout_token=request.checkout_token,
            trace_id=propagation.current_trace_id(),
        )
        payment = Payment(request.customer.payment_method, request.payment_token)
        return add_attempt(order, payment, key=new_key(), traceparent=traceparent)


def _measure(order: Order) -> None:
    """Count what is committed: an order that was rolled back is never measured."""
    attributes = {contract.COUNTRY: order.country, contract.PAYMENT_METHOD: order.payment_method}
    instruments.checkout_amount.record(order.total_minor / 100, attributes)
    instruments.checkouts.add(1, attributes | {contract.OUTCOME: contract.PLACED})


def _count(customer: Customer, *, outcome: str) -> None:
    attributes = {contract.COUNTRY: customer.country, contract.PAYMENT_METHOD: customer.payment_method}
    instruments.checkouts.add(1, attributes | {contract.OUTCOME: outcome})
