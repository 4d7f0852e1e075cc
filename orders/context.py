"""What every template may ask about the visitor's cart."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from orders.carts import SESSION_KEY, unit_count


def cart_count(request: HttpRequest) -> dict[str, Any]:
    """Give `cart_count`, counted only where a template shows it, and only for who has a cart."""

    def count() -> int:
        cart_id = request.session.get(SESSION_KEY)
        return unit_count(cart_id) if cart_id else 0

    return {"cart_count": SimpleLazyObject(count)}
