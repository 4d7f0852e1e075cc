"""Every kind of page there is, for the tests that look at all of them."""

from dataclasses import dataclass

from playwright.sync_api import Page, StorageState

from tests.browser.chromium import HEIGHT, Open, Scheme
from tests.browser.shopping import add_to_cart, go_to_product, sign_in
from tests.e2e import evidence
from tests.e2e.buying import buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish


@dataclass(frozen=True)
class Stop:
    """One page of the tour; `{…}` in its address is filled in by the tour."""

    name: str
    address: str
    is_owner: bool = False
    status: int = 200
    has_search: bool = False

    def __str__(self) -> str:
        return self.name


STOPS = (
    Stop("home", "{shop}/", has_search=True),
    Stop("list", "{shop}/products", has_search=True),
    Stop("search", "{shop}/products?q=red", has_search=True),
    Stop("search-without-hits", "{shop}/products?q=zzzz", has_search=True),
    Stop("product", "{product}", has_search=True),
    Stop("empty-cart", "{shop}/cart", has_search=True),
    Stop("cart", "{shop}/cart", is_owner=True, has_search=True),
    Stop("checkout", "{shop}/checkout", is_owner=True),
    Stop("paid-order", "{paid}", has_search=True),
    Stop("declined-order", "{declined}", has_search=True),
    Stop("pay-again", "{declined}/pay"),
    Stop("find", "{shop}/orders/find", has_search=True),
    Stop("not-found", "{shop}/nowhere", status=404, has_search=True),
    Stop("admin-list", "{shop}/admin/orders/order/", is_owner=True),
    Stop("admin-order", "{shop}/admin/orders/order/{order_id}/change/", is_owner=True),
    Stop("lens", "{lens}/"),
    Stop("lens-metric", "{lens}/metrics/webstore.payment.duration"),
    Stop("lens-trace", "{lens}/traces/{trace_id}"),
    Stop("lens-no-trace", "{lens}/traces/1", status=404),
    Stop("provider", "{provider}/"),
    Stop("provider-switches", "{provider}/switches"),
)
SHOP_STOPS = tuple(stop for stop in STOPS if stop.has_search)


@dataclass(frozen=True)
class Tour:
    """The addresses of this demo, and two windows that stay open: a stranger's, and the owner's.

    The owner has a full cart and runs the shop.
    """

    addresses: dict[str, str]
    stranger: Page
    owner: Page

    def visit(self, stop: Stop, *, width: int = 1280, scheme: Scheme = "light") -> Page:
        page = self.owner if stop.is_owner else self.stranger
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        self.enter(stop, page)
        return page

    def enter(self, stop: Stop, page: Page) -> None:
        response = page.goto(stop.address.format(**self.addresses))
        assert response is not None
        assert response.status == stop.status

    def cookies(self, stop: Stop) -> StorageState | None:
        return self.owner.context.storage_state() if stop.is_owner else None


def tour_of(demo: Demo, window: Open) -> Tour:
    """Let there be a paid order, a declined one, a full cart, and the dots and traces of it all."""
    paid, declined = buy(demo), buy(demo, Wish(payment_token="tok_decline"))
    assert demo.shopper().wait(paid.path, seconds=30) == "Paid"
    assert demo.shopper().wait(declined.path, seconds=30) == "Declined"
    assert eventually(lambda: evidence.dots(demo.lens, "webstore_payment_duration_bucket"))
    [(order_id,)] = demo.rows("SELECT id FROM orders_order WHERE number = ?", paid.number)
    owner = window()
    go_to_product(owner, demo)
    addresses = {
        "shop": demo.shop,
        "lens": demo.lens,
        "provider": demo.places.url(demo.places.provider_port, ""),
        "product": owner.url,
        "paid": demo.shop + paid.path,
        "declined": demo.shop + declined.path,
        "order_id": str(order_id),
        "trace_id": paid.trace_id,
    }
    add_to_cart(owner, demo)
    sign_in(owner, demo)
    return Tour(addresses, stranger=window(), owner=owner)
