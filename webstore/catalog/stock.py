"""Stock, changed only by guarded updates: two buyers at once can never oversell."""

from django.db.models import F

from webstore.catalog.models import Product


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


def correct(product_id: int, *, by: int) -> bool:
    """Add counted units, or take away missing ones. False when more are promised than would be left.

    A difference, not a new number: sales that happened while someone counted stay counted.
    """
    changed = Product.objects.filter(pk=product_id, on_hand__gte=F("reserved") - by).update(
        on_hand=F("on_hand") + by
    )
    return changed == 1
