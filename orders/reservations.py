"""The units promised to an order: sold when it is paid, given back when it is over.

Callers bring the transaction and have changed the order's row in it already: so each happens
once. Products in primary-key order, as everywhere: two transactions never wait in a ring.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from orders.models import OrderLine
from webstore.catalog import stock
from webstore.telemetry import contract, instruments

logger = logging.getLogger(__name__)


class _Short(Exception):
    pass


def kept_for() -> timedelta:
    """Return how long things are kept for an order that nothing pays for."""
    return timedelta(minutes=settings.RESERVATION_MINUTES)


def reopened_for() -> timedelta:
    """Return how long they are kept once staff have looked: the customer has left the page long ago."""
    return timedelta(days=1)


def sell(order_id: int) -> None:
    """Turn the order's reservation into a sale."""
    for line in _lines(order_id):
        if not stock.sell(line.product_id, quantity=line.quantity):
            # The customer has paid: the order stands, and the count of the shelf is what is wrong.
            logger.error("order %s: product %s had no reservation to sell", order_id, line.product_id)
            instruments.miscounts.add(1, {contract.REASON: contract.SOLD_UNRESERVED})


def release(order_id: int) -> None:
    """Give everything back to the shelf."""
    for line in _lines(order_id):
        if not stock.release(line.product_id, quantity=line.quantity):
            logger.error("order %s: product %s had no reservation to release", order_id, line.product_id)
            instruments.miscounts.add(1, {contract.REASON: contract.RELEASED_UNRESERVED})


def sell_released(order_id: int) -> bool:
    """Sell what was given back before, all of it. False, selling nothing: others bought some."""
    try:
        with transaction.atomic():
            for line in _lines(order_id):
                if not stock.reserve(line.product_id, quantity=line.quantity):
                    raise _Short
    except _Short:
        return False
    sell(order_id)
    return True


def _lines(order_id: int) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order_id=order_id).order_by("product_id")
