"""I3: nothing is promised twice or sold twice, and every unit can be reckoned up from records."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from orders.models import Order, OrderLine
from payments.verify.verdict import Violation
from webstore.catalog.models import Product, StockAdjustment

_PAGE = 1_000
_PAID = (Order.Status.PAID, Order.Status.PARTLY_REFUNDED, Order.Status.REFUNDED)


class Shelf(NamedTuple):
    """A product's counters. What is refunded stays sold: nothing comes back to the shelf by itself."""

    pk: int
    slug: str
    on_hand: int
    reserved: int
    placed: int = 0
    sold: int = 0
    recorded: int = 0


def judge() -> Iterator[Violation]:
    for page in _pages():
        for shelf in page:
            for said in _judge(shelf):
                yield Violation("I3", shelf.slug, said)


def _judge(shelf: Shelf) -> Iterator[str]:
    if not 0 <= shelf.reserved <= shelf.on_hand:
        yield f"{shelf.reserved} units are reserved of {shelf.on_hand} on hand."
    if shelf.reserved != shelf.placed:
        yield f"{shelf.reserved} units are reserved, but unpaid orders hold {shelf.placed}."
    if shelf.on_hand + shelf.sold != shelf.recorded:
        there = f"{shelf.on_hand} units are on hand and {shelf.sold} sold"
        yield f"{there}, but {shelf.recorded} came by all records."


def _pages() -> Iterator[list[Shelf]]:
    last = 0
    while page := _page_after(last):
        yield page
        last = page[-1].pk


def _page_after(last: int) -> list[Shelf]:
    columns = ("pk", "slug", "on_hand", "reserved")
    shelves = [Shelf(*row) for row in _after(last).values_list(*columns)]
    if not shelves:
        return []
    # By the range of keys: a list of a thousand would be slower to plan than to read.
    lines = OrderLine.objects.order_by().filter(product__gte=shelves[0].pk, product__lte=shelves[-1].pk)
    placed = _summed(lines.filter(order__status=Order.Status.PLACED))
    sold = _summed(lines.filter(order__status__in=_PAID))
    records = StockAdjustment.objects.order_by().filter(
        product__gte=shelves[0].pk, product__lte=shelves[-1].pk
    )
    recorded = dict(records.values_list("product").annotate(Sum("delta")))
    return [
        shelf._replace(
            placed=placed.get(shelf.pk, 0), sold=sold.get(shelf.pk, 0), recorded=recorded.get(shelf.pk, 0)
        )
        for shelf in shelves
    ]


def _after(last: int) -> QuerySet[Product]:
    return Product.objects.filter(pk__gt=last).order_by("pk")[:_PAGE]


def _summed(lines: QuerySet[OrderLine]) -> dict[int, int]:
    return dict(lines.values_list("product").annotate(Sum("quantity")))
