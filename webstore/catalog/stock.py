"""Stock, changed only by guarded updates: two buyers at once can never oversell.

Whatever is no sale is recorded as an adjustment, together with the change: so what should be on
hand can be reckoned up from records.
"""

from django.db import transaction
from django.db.models import F, QuerySet

from webstore.catalog.models import Product, StockAdjustment

FIRST_STOCK, COUNTED = "first stock", "counted"


def reserve(product_id: int, *, quantity: int) -> bool:
    """Promise units to an order. Return False, changing nothing, when there are too few."""
    changed = Product.objects.filter(pk=product_id, on_hand__gte=F("reserved") + quantity).update(
        reserved=F("reserved") + quantity
    )
    return changed == 1


def sell(product_id: int, *, quantity: int) -> bool:
    """Turn a promise into a sale: the units leave the store room. False when none was promised."""
    changed = Product.objects.filter(pk=product_id, reserved__gte=quantity).update(
        on_hand=F("on_hand") - quantity, reserved=F("reserved") - quantity
    )
    return changed == 1


def release(product_id: int, *, quantity: int) -> bool:
    """Give promised units back to the shelf. False when none was promised."""
    changed = Product.objects.filter(pk=product_id, reserved__gte=quantity).update(
        reserved=F("reserved") - quantity
    )
    return changed == 1


def correct(product_id: int, *, by: int, reason: str = "", actor: str = "") -> bool:
    """Add counted units, or take away missing ones. False when more are promised than would be left.

    A difference, not a new number: sales that happened while someone counted stay counted.
    """
    if by == 0:
        return True
    with transaction.atomic():
        changed = Product.objects.filter(pk=product_id, on_hand__gte=F("reserved") - by).update(
            on_hand=F("on_hand") + by
        )
        if changed:
            StockAdjustment.objects.create(
                product_id=product_id, delta=by, reason=reason or COUNTED, actor=actor
            )
    return changed == 1


def record_first(products: QuerySet[Product], *, actor: str = "") -> None:
    """Record what new products came with. The caller has made them in the same transaction."""
    unrecorded = products.filter(adjustments=None, on_hand__gt=0).values_list("pk", "on_hand")
    StockAdjustment.objects.bulk_create(
        StockAdjustment(product_id=product_id, delta=on_hand, reason=FIRST_STOCK, actor=actor)
        for product_id, on_hand in unrecorded
    )
