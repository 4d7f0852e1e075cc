"""Products, carts and orders for tests: orders by the shop's own services."""

import uuid

from django.db import transaction

from orders import placing
from orders.models import Cart, Order
from webstore.catalog.models import Category, Product

CUSTOMER = placing.Customer(
    email="mara@example.com",
    name="Mara Lind",
    address="12 Station Road, 90210 Springfield",
    country="US",
    payment_method="card",
)
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def product(name: str, *, price_minor: int, on_hand: int) -> Product:
    shelf, _ = Category.objects.get_or_create(slug="shelf", defaults={"name": "Shelf", "hue": "oat"})
    return Product.objects.create(
        category=shelf,
        name=name,
        slug=name.lower().replace(" ", "-"),
        fact="1 kg",
        description=f"{name}, as they are.",
        picture="package.webp",
        picture_alt="a parcel",
        price_minor=price_minor,
        on_hand=on_hand,
    )


def cart(*lines: tuple[Product, int]) -> Cart:
    filled = Cart.objects.create()
    for item, quantity in lines:
        filled.lines.create(product=item, quantity=quantity, seen_price_minor=item.price_minor)
    return filled


def place(full: Cart, *, shown_total_minor: int, customer: placing.Customer = CUSTOMER) -> Order:
    """Run the three steps as the checkout does: in one transaction."""
    with transaction.atomic():
        lines = placing.validate_cart(full, shown_total_minor=shown_total_minor)
        placing.reserve_stock(lines)
        return placing.create_order(
            cart=full, lines=lines, customer=customer, checkout_token=uuid.uuid4(), trace_id=TRACE_ID
        )


def placed_order(*lines: tuple[Product, int], customer: placing.Customer = CUSTOMER) -> Order:
    total_minor = sum(item.price_minor * quantity for item, quantity in lines)
    return place(cart(*lines), shown_total_minor=total_minor, customer=customer)
