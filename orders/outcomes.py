"""What becomes of a placed order. Callers bring the transaction; each change happens once."""

import logging

from django.utils import timezone

from orders.models import Order, OrderLine
from webstore.catalog import stock

logger = logging.getLogger(__name__)


def mark_paid(order_id: int) -> bool:
    """Make a placed order paid and its reservation a sale. False: somebody else did, or it is over."""
    changed = Order.objects.filter(pk=order_id, status=Order.Status.PLACED).update(
        status=Order.Status.PAID, paid_at=timezone.now(), is_in_review=False
    )
    if changed == 0:
        return False
    # In primary-key order, as everywhere: two transactions never wait for each other in a ring.
    for line in OrderLine.objects.filter(order_id=order_id).order_by("product_id"):
        if not stock.sell(line.product_id, quantity=line.quantity):
            # The customer has paid: the order stands, and the count of the shelf is what is wrong.
            logger.error("order %s: product %s had no reservation to sell", order_id, line.product_id)
    return True


def change_payment_method(order_id: int, *, payment_method: str) -> bool:
    """Note how the customer pays now. False: the order is paid or over."""
    changed = Order.objects.filter(pk=order_id, status=Order.Status.PLACED).update(
        payment_method=payment_method
    )
    return changed == 1


def put_in_review(order_id: int) -> bool:
    """Ask a person to look at a placed order. False: it is in review already, or over."""
    changed = Order.objects.filter(pk=order_id, status=Order.Status.PLACED, is_in_review=False).update(
        is_in_review=True
    )
    return changed == 1
