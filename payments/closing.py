"""Ending an order nobody has paid for: at the customer's wish, or because its time is over.

Never while a payment may still arrive: the order's row is taken first, as `pay_again` takes it,
and only then the attempts are looked at. So no attempt begins in between.
"""

import logging

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from orders import history, outcomes
from orders.models import HistoryEntry, Order
from payments import traces
from payments.models import PaymentAttempt
from payments.transitions import State, move
from webstore.telemetry import contract, propagation, tracing
from webstore.transactions import in_transaction

_RUN_LIMIT = 100

logger = logging.getLogger(__name__)


class PaymentUnderWay(Exception):
    """The order's payment may still succeed; nothing was changed."""


def cancel(order: Order) -> bool:
    """End the order as the customer asks. False: it is over already; may raise `PaymentUnderWay`."""
    return in_transaction(lambda: _cancel(order.pk), waits_for_locks=True)


def _cancel(order_id: int) -> bool:
    if not outcomes.cancel(order_id):
        return False
    # Due: certainly nothing is charged for it. A worker that takes it now is too late.
    move(_live(order_id).filter(state=State.DUE), to=State.CANCELLED, changes={})
    _end(
        order_id,
        kind=HistoryEntry.Kind.CANCELLED,
        actor=HistoryEntry.Actor.CUSTOMER,
        sentence="You cancelled the order. Nothing was charged.",
    )
    return True


def expire_overdue() -> int:
    """Expire unpaid orders whose things were kept long enough; return how many."""
    live = PaymentAttempt.objects.live().filter(order=OuterRef("pk"))
    overdue = Order.objects.filter(~Exists(live), status=Order.Status.PLACED, reserved_until__lte=Now())
    expired_count = 0
    for order in overdue.order_by("reserved_until", "pk")[:_RUN_LIMIT]:
        try:
            expired_count += _expire_in_its_trace(order)
        except DatabaseError:
            logger.warning("order %s expires at the next sweep", order.number, exc_info=True)
    return expired_count


def _expire_in_its_trace(order: Order) -> bool:
    newest = PaymentAttempt.objects.filter(order=order).order_by("-pk").first()
    if newest is None:
        # Left as it is, it would stand first at every sweep and keep its things for ever.
        logger.error("order %s has no payment attempt: something is wrong with it", order.number)
    with (
        traces.for_ringing(newest) if newest else propagation.apart(),
        tracing.span(
            contract.EXPIRE_ORDER, {contract.ORDER_NUMBER: order.number}, expected=(PaymentUnderWay,)
        ) as span,
    ):
        if newest:
            propagation.link(span, newest.traceparent)
        try:
            return in_transaction(lambda: _expire(order.pk))
        except PaymentUnderWay:
            return False


def _expire(order_id: int) -> bool:
    if not outcomes.expire(order_id):
        return False
    _end(
        order_id,
        kind=HistoryEntry.Kind.EXPIRED,
        actor=HistoryEntry.Actor.WORKER,
        sentence="No payment arrived in time. Your things went back on the shelf. Nothing was charged.",
    )
    return True


def _end(order_id: int, *, kind: HistoryEntry.Kind, actor: HistoryEntry.Actor, sentence: str) -> None:
    """Tell of the end; where a payment may still arrive, raise what rolls it back."""
    if _live(order_id).exists():
        raise PaymentUnderWay
    trace_id = propagation.current_trace_id()
    history.record(order_id, kind=kind, actor=actor, sentence=sentence, trace_id=trace_id)


def _live(order_id: int) -> QuerySet[PaymentAttempt]:
    return PaymentAttempt.objects.live().filter(order_id=order_id)
