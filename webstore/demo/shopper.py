"""A shopper: looks around, fills a cart, checks out through the forms, and watches the order."""

import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import requests

from webstore.demo.forms import Page

_PRODUCT = re.compile(r"^/products/[\w-]+$")
_TIMEOUT_SECONDS = 20
# First words of the order page's title when nothing more will happen by itself.
FINAL = {"Paid", "Declined", "Not paid", "In review", "Cancelled", "Expired", "Partly refunded", "Refunded"}


class ShoppingFailed(Exception):
    """The shop did not do what a shopper expects; the message says where."""


class TooLate(ShoppingFailed):
    """Others bought it meanwhile, and the shop said so as it should."""


@dataclass(frozen=True)
class Wish:
    """What a shopper wants: how much, paid how, delivered where."""

    quantity: int = 1
    country: str = "US"
    payment_method: str = "card"
    payment_token: str = "tok_approve"  # noqa: S105 - a practice token's public name
    email: str = "mara@example.com"
    name: str = "Mara Lind"
    address: str = "12 Mill Lane, Springfield"


@dataclass
class Shopper:
    """One visitor with cookies of their own. `base` is the shop's address without a slash."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "webstore-traffic/1"

    def products(self, path: str = "/products") -> list[str]:
        """Return the paths of the products a list page shows."""
        return list(dict.fromkeys(link for link in self._get(path).links if _PRODUCT.match(link)))

    def add_to_cart(self, product_path: str, *, quantity: int = 1) -> bool:
        """Return False when the product is sold out."""
        form = next((form for form in self._get(product_path).forms if form.action == "/cart/add"), None)
        if form is None:
            return False
        entries = {**form.fields, "quantity": str(quantity)}
        cart = Page(self._post("/cart/add", entries, via=product_path).text)
        # The last one may have gone since the page was shown: then nothing in the cart can be bought.
        return "/checkout" in cart.links

    def fill_checkout(self, wish: Wish) -> dict[str, str]:
        """Return what the checkout form would send for what lies in the cart."""
        page = self._get("/checkout")
        if page.title.startswith("Cart"):
            raise TooLate("all that lay in the cart is sold out")
        form = page.form("/checkout")
        entries = {
            "email": wish.email,
            "name": wish.name,
            "address": wish.address,
            "country": wish.country,
            "payment_method": wish.payment_method,
            "payment_token": wish.payment_token,
        }
        return {**form.fields, **entries}

    def check_out(self, wish: Wish) -> str:
        """Place the order for what lies in the cart; return the path of its page."""
        response = self._post("/checkout", self.fill_checkout(wish), via="/checkout")
        path = urlsplit(response.url).path
        if response.status_code == 409 or path == "/cart":
            raise TooLate("what lay in the cart is sold out, or there is less of it")
        if not path.startswith("/orders/"):
            raise ShoppingFailed(f"checkout ended on the page titled {Page(response.text).title!r}")
        return path

    def buy(self, wish: Wish, *, product_path: str) -> str:
        """Put one product into the cart and check out; return the path of the order's page."""
        if not self.add_to_cart(product_path, quantity=wish.quantity):
            raise TooLate(f"{product_path} is sold out")
        return self.check_out(wish)

    def state(self, order_path: str) -> str:
        """Return how the order stands, in the words of its page's title."""
        return self._get(order_path).title.split(" · ")[0].strip()

    def wait(self, order_path: str, *, seconds: float) -> str:
        """Return how the order stands once nothing more will happen, or when the time is over."""
        deadline = time.monotonic() + seconds
        while (state := self.state(order_path)) not in FINAL and time.monotonic() < deadline:
            time.sleep(0.3)
        return state

    def _get(self, path: str) -> Page:
        response = self.session.get(urljoin(self.base, path), timeout=_TIMEOUT_SECONDS)
        return Page(_checked(response).text)

    def _post(self, path: str, entries: dict[str, str], *, via: str) -> requests.Response:
        headers = {"Referer": urljoin(self.base, via)}
        address = urljoin(self.base, path)
        return _checked(self.session.post(address, data=entries, headers=headers, timeout=_TIMEOUT_SECONDS))


def _checked(response: requests.Response) -> requests.Response:
    # A form that came back, with its errors or because the cart changed: a page like any other.
    if response.status_code >= 400 and response.status_code not in (409, 422):
        route = urlsplit(response.url).path.split("/")[1]
        raise ShoppingFailed(f"/{route} answered {response.status_code}")
    return response
