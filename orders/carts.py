"""The visitor's cart: found by the session, changed one line at a time."""

from dataclasses import dataclass

from django.db.models import F, Sum
from django.db.models.functions import Least
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from orders.models import Cart, CartLine
from webstore.catalog.models import Product

SESSION_KEY = "cart_id"


@dataclass(frozen=True)
class LineChange:
    """What a change left in the cart; `is_short` when there were fewer than wanted."""

    product: Product
    quantity: int
    is_short: bool = False

    @property
    def is_removed(self) -> bool:
        return self.quantity == 0 and not self.is_short

    @property
    def sentence(self) -> str:
        if self.is_removed:
            return f"Removed {self.product.name}."
        if self.quantity == 0:
            return f"{self.product.name}: sold out."
        if self.is_short:
            return f"{self.product.name}: Only {self.quantity} left. We put {self.quantity} in your cart."
        return f"{self.quantity} × {self.product.name} in your cart."


def current_cart(request: HttpRequest) -> Cart | None:
    """Return the visitor's cart. Who has no session costs no query and gets none."""
    cart_id = request.session.get(SESSION_KEY)
    return Cart.objects.filter(pk=cart_id).first() if cart_id else None


def cart_for_writing(request: HttpRequest) -> Cart:
    """Return the visitor's cart; make one, and a session to hold it, for a newcomer."""
    cart = current_cart(request)
    if cart is None:
        cart = Cart.objects.create()
        request.session[SESSION_KEY] = cart.pk
    return cart


def lines_of(cart: Cart) -> list[CartLine]:
    """Return the lines with product and category, oldest first, in one query."""
    return list(cart.lines.select_related("product__category"))


def line_of(cart: Cart | None, line_id: int) -> CartLine:
    """Return a line of this cart; anybody else's is not found."""
    return get_object_or_404(CartLine.objects.select_related("product"), cart=cart, pk=line_id)


def unit_count(cart_id: int) -> int:
    """Return how many units the cart holds, in one query."""
    counted = CartLine.objects.filter(cart_id=cart_id).aggregate(units=Sum("quantity", default=0))
    return int(counted["units"])


def add(cart: Cart, product: Product, *, quantity: int) -> LineChange:
    """Put units into the cart, as far as there are any."""
    available = product.available
    if available == 0:
        return LineChange(product, 0, is_short=True)
    first = min(quantity, available)
    line, is_new = cart.lines.get_or_create(
        product=product, defaults={"quantity": first, "seen_price_minor": product.price_minor}
    )
    if is_new:
        return LineChange(product, first, is_short=first < quantity)
    wanted = line.quantity + quantity
    # Counted by the database, so that two presses at once both count.
    cart.lines.filter(pk=line.pk).update(
        quantity=Least(F("quantity") + first, available), seen_price_minor=product.price_minor
    )
    return LineChange(product, min(wanted, available), is_short=wanted > available)


def change(line: CartLine, *, quantity: int) -> LineChange:
    """Set how many units a line holds, as far as there are any; 0 removes it."""
    product = line.product
    if quantity == 0:
        return remove(line)
    if product.available == 0:
        return LineChange(product, 0, is_short=True)
    kept = min(quantity, product.available)
    CartLine.objects.filter(pk=line.pk).update(quantity=kept, seen_price_minor=product.price_minor)
    return LineChange(product, kept, is_short=kept < quantity)


def remove(line: CartLine) -> LineChange:
    """Take a line out of the cart."""
    CartLine.objects.filter(pk=line.pk).delete()
    return LineChange(line.product, 0)
