"""The demo's shopper tells the shop's polite refusals from its failures."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.orders import builders
from webstore.catalog import stock
from webstore.catalog.models import Product
from webstore.demo.shopper import Shopper, TooLate, Wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loaf(transactional_db: None) -> Product:
    """Two are left."""
    return builders.product("Loaf", price_minor=320, on_hand=2)


class Slow(Shopper):
    """A shopper who is overtaken between seeing a page's form and sending it."""

    def _post(self, path: str, entries: dict[str, str], *, via: str) -> object:  # type: ignore[override]
        others_buy(1)
        return super()._post(path, entries, via=via)


def others_buy(quantity: int) -> None:
    assert quantity == 0 or stock.reserve(Product.objects.get().pk, quantity=quantity)


def test_who_is_too_late_to_add_hears_so(live_server: LiveServer, loaf: Product) -> None:
    others_buy(1)

    assert Slow(live_server.url).add_to_cart(loaf.get_absolute_url()) is False


def test_who_is_too_late_to_see_the_form_hears_so(live_server: LiveServer, loaf: Product) -> None:
    shopper = Shopper(live_server.url)
    assert shopper.add_to_cart(loaf.get_absolute_url()) is True
    others_buy(2)

    with pytest.raises(TooLate, match="all that lay in the cart is sold out"):
        shopper.check_out(Wish())


@pytest.mark.parametrize("quantity", [1, 2])
def test_who_is_too_late_to_send_it_hears_so(live_server: LiveServer, loaf: Product, quantity: int) -> None:
    shopper = Shopper(live_server.url)
    assert shopper.add_to_cart(loaf.get_absolute_url(), quantity=quantity) is True
    others_buy(2 - quantity)

    with pytest.raises(TooLate, match="what lay in the cart is sold out, or there is less of it"):
        Slow(live_server.url, session=shopper.session).check_out(Wish())
