"""Another way to pay for an order whose payment came to nothing."""

import uuid

from django.db import IntegrityError
from django.utils import timezone
from opentelemetry import trace

from orders import history, outcomes
from orders.models import HistoryEntry, Order
from payments.models import PaymentAttempt
from payments.starting import Payment, add_attempt, ring_for
from webstore.telemetry import propagation
from webstore.transactions import in_transaction


def can_pay_again(order: Order) -> bool:
    """Return whether the order keeps its things and nothing is under way that may still pay it."""
    is_open = order.status == Order.Status.PLACED
    is_reserved = order.reserved_until is not None and order.reserved_until > timezone.now()
    return is_open and is_reserved and not PaymentAttempt.objects.live().filter(order=order).exists()


def pay_again(order: Order, payment: Payment, *, form_token: uuid.UUID) -> bool:
    """Begin a new attempt. False, changing nothing: it cannot be, or this form has begun one already."""
    try:
        attempt = in_transaction(lambda: _begin(order, payment, form_token=form_token), waits_for_locks=True)
    except IntegrityError:
        # The database allows one live attempt per order, and one attempt per form.
        return False
    if attempt is None:
        return False
    ring_for(attempt.pk)
    return True


def _begin(order: Order, payment: Payment, *, form_token: uuid.UUID) -> PaymentAttempt | None:
    if not outcomes.begin_another_payment(order.pk, payment_method=payment.method):
        return None
    _link_to_first(order)
    # The order's number in front: nobody can take a key of another order.
    key = f"{order.number}-{form_token.hex}"
    attempt = add_attempt(order, payment, key=key, traceparent=propagation.current_traceparent())
    history.record(
        order.pk,
        kind=HistoryEntry.Kind.CHARGING,
        actor=HistoryEntry.Actor.CUSTOMER,
        sentence=f"You chose to pay by {Order.PaymentMethod(payment.method).label}.",
        trace_id=propagation.current_trace_id(),
    )
    return attempt


def _link_to_first(order: Order) -> None:
    first = PaymentAttempt.objects.filter(order=order).order_by("pk").first()
    if first is not None:
        propagation.link(trace.get_current_span(), first.traceparent)
