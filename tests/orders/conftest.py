"""What most tests of carts and orders begin with."""

import pytest
from django.test import Client

from orders.models import Order
from tests.orders import builders
from webstore.catalog.models import Product


@pytest.fixture
def apples(db: None) -> Product:
    """Three bags at $3.20."""
    return builders.product("Braeburn apples", price_minor=320, on_hand=3)


@pytest.fixture
def coffee(db: None) -> Product:
    """Plenty, at $8.50."""
    return builders.product("House blend coffee", price_minor=850, on_hand=100)


@pytest.fixture
def placed(coffee: Product) -> Order:
    """Two coffees for Mara Lind, not yet paid."""
    return builders.placed_order((coffee, 2))


@pytest.fixture
def shopper(client: Client, coffee: Product) -> Client:
    """A visitor with two coffees in the cart."""
    client.post("/cart/add", {"slug": coffee.slug, "quantity": 2})
    return client
