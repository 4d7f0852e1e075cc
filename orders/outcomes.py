"""What becomes of a placed order. Callers bring the transaction; each change happens once.

placed → paid | cancelled | expired; paid → partly refunded → refunded; and expired → paid when
its money arrives after all and its things are still there.
"""

from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Now

from orders import reservations
from orders.models import Order

Status = Order.Status

# However often its payment fails, an order keeps its things for so many times the usual.
_LONGEST_TIMES = 4


def mark_paid(order_id: int) -> bool:
    """Make a placed order paid and its reservation a sale. False: somebody else did, or it is over."""
    if _change(_placed(order_id), status=Status.PAID, paid_at=Now(), is_in_review=False):
        reservations.sell(order_id)
        return True
    return _pay_expired(order_id)


def _pay_expired(order_id: int) -> bool:
    # First the order's row, then the stock: whoever else wants to close it waits for us.
    expired = Order.objects.filter(pk=order_id, status=Status.EXPIRED)
    if not _change(expired, status=Status.EXPIRED):
        return False
    if not reservations.sell_released(order_id):
        return False
    return _change(expired, status=Status.PAID, paid_at=Now())


def take(order_id: int) -> None:
    """Hold the order's row until the commit, whatever its status: who changes an order begins there."""
    # Written, not asked: on SQLite a row can be held no other way.
    _change(Order.objects.filter(pk=order_id), status=F("status"))


def take_open(order_id: int) -> bool:
    """Hold a placed order's row, as `take` does. False: the order is paid or over."""
    return _change(_placed(order_id), status=Status.PLACED)


def cancel(order_id: int) -> bool:
    """End a placed order at somebody's wish and give its things back. False: it is paid or over."""
    return _close(_placed(order_id), order_id, status=Status.CANCELLED)


def expire(order_id: int) -> bool:
    """End a placed order that kept its things long enough. False: it may keep them, or is paid or over."""
    overdue = _placed(order_id).filter(reserved_until__lte=Now())
    return _close(overdue, order_id, status=Status.EXPIRED)


def keep_reserved(order_id: int) -> bool:
    """Leave time for another payment after one that came to nothing. False: there is enough, or no more."""
    usual = reservations.kept_for()
    may_have_more = _placed(order_id).filter(
        reserved_until__lt=Now() + usual, placed_at__gt=Now() - (_LONGEST_TIMES - 1) * usual
    )
    return _change(may_have_more, reserved_until=Now() + usual)


def reopen(order_id: int) -> bool:
    """Leave time for a payment after staff have looked, however old the order is. False: it is over."""
    return _change(_placed(order_id), reserved_until=Now() + reservations.reopened_for())


def note_refunded(order_id: int, *, amount_minor: int) -> bool:
    """Count money that went back to who paid. False: the order is not paid, or so much is not left."""
    refunded = F("refunded_minor") + amount_minor
    paid = Order.objects.filter(pk=order_id, status__in=(Status.PAID, Status.PARTLY_REFUNDED))
    status = Case(
        When(total_minor=refunded, then=Value(Status.REFUNDED)), default=Value(Status.PARTLY_REFUNDED)
    )
    return _change(paid.filter(total_minor__gte=refunded), refunded_minor=refunded, status=status)


def begin_another_payment(order_id: int, *, payment_method: str) -> bool:
    """Note how the customer pays now. False: the order's time is over, or it is paid or over itself."""
    # Without this bound, failing payments without end would keep the things for ever.
    reserved = _placed(order_id).filter(reserved_until__gt=Now())
    return _change(reserved, payment_method=payment_method)


def put_in_review(order_id: int) -> bool:
    """Ask a person to look at a placed order. False: it is in review already, or over."""
    return _change(_placed(order_id).filter(is_in_review=False), is_in_review=True)


def end_review(order_id: int) -> bool:
    """Note that nobody needs to look at a placed order any more. False: nobody needed to."""
    return _change(_placed(order_id).filter(is_in_review=True), is_in_review=False)


def _close(order: QuerySet[Order], order_id: int, *, status: Order.Status) -> bool:
    if not _change(order, status=status, is_in_review=False):
        return False
    reservations.release(order_id)
    return True


def _placed(order_id: int) -> QuerySet[Order]:
    return Order.objects.filter(pk=order_id, status=Status.PLACED)


def _change(order: QuerySet[Order], **values: Any) -> bool:
    return order.update(**values) == 1
