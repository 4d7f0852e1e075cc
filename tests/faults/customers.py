"""Customers who buy through the forms, and note in a journal what they were shown."""

import json
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from webstore.demo.forms import Page
from webstore.demo.shopper import Shopper, ShoppingFailed, Wish

_TIMEOUT_SECONDS = 30
_AT_ONCE = 4
_PLACED, _REFUSED, _FAILED = "placed", "refused", "error"
_NUMBER = re.compile(r"Order (\S+) ·")


@dataclass(frozen=True)
class Form:
    """A checkout form filled in, to be sent as often as one likes."""

    shopper: Shopper
    entries: dict[str, str]

    @property
    def token(self) -> str:
        return self.entries["checkout_token"]


@dataclass(frozen=True)
class Sale:
    """What a customer was shown after sending the form. `status` is 0 when no answer came."""

    token: str
    status: int
    seconds: float
    path: str = ""
    number: str = ""
    title: str = ""
    retry_after: str = ""

    @property
    def is_placed(self) -> bool:
        return bool(self.path)

    @property
    def shown(self) -> str:
        if self.is_placed:
            return _PLACED
        return _REFUSED if self.status == 422 else _FAILED


@dataclass
class Customers:
    """Everybody who buys in one shop; the same seed, the same wishes."""

    shop: str
    journal: Path
    seed: int = 1
    # How long they wait for an answer.
    patience_seconds: float = _TIMEOUT_SECONDS
    _chance: random.Random = field(init=False)
    _products: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - shoppers, not secrets

    def buy(self, count: int = 1, *, wish: Wish | None = None, at_once: int = _AT_ONCE) -> list[Sale]:
        """Let so many customers buy one thing each, a few at the same time."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda _: self.send(self.fill(wish or Wish())), range(count)))

    def fill(self, wish: Wish, *, product_path: str = "") -> Form:
        """Put one thing into a new customer's cart, and fill in the checkout form."""
        shopper = Shopper(self.shop)
        wanted = [product_path] if product_path else self._wanted()
        if not any(shopper.add_to_cart(path, quantity=wish.quantity) for path in wanted):
            raise ShoppingFailed("all that was wanted is sold out")
        return Form(shopper, shopper.fill_checkout(wish))

    def send(self, form: Form) -> Sale:
        """Press the button, look at the order's page, and note what was shown."""
        sale = _sent(form, self.patience_seconds)
        seen = {"at": time.time(), "token": sale.token, "number": sale.number or None, "path": sale.path}
        with self._lock, self.journal.open("a") as journal:
            journal.write(json.dumps(seen | {"shown": sale.shown}) + "\n")
        return sale

    def _wanted(self) -> list[str]:
        """Return some products, the favourite first: the others when it is sold out."""
        with self._lock:
            if not self._products:
                shelves = Shopper(self.shop)
                self._products = [path for page in (1, 2, 3) for path in shelves.products(_page(page))]
            return self._chance.sample(self._products, len(self._products))


def _page(number: int) -> str:
    return f"/products?page={number}"


def _sent(form: Form, patience_seconds: float) -> Sale:
    shopper, address = form.shopper, urljoin(form.shopper.base, "/checkout")
    began = time.monotonic()
    try:
        answer = shopper.session.post(
            address,
            data=form.entries,
            headers={"Referer": address},
            allow_redirects=False,
            timeout=patience_seconds,
        )
    except requests.RequestException:
        return Sale(form.token, 0, time.monotonic() - began)
    seconds = time.monotonic() - began
    path = urlsplit(answer.headers.get("Location", "")).path
    if not path.startswith("/orders/"):
        retry_after = answer.headers.get("Retry-After", "")
        return Sale(form.token, answer.status_code, seconds, retry_after=retry_after)
    title = _title(shopper, path, patience_seconds)
    number = _NUMBER.search(title)
    return Sale(form.token, answer.status_code, seconds, path, number[1] if number else "", title)


def _title(shopper: Shopper, path: str, patience_seconds: float) -> str:
    """Return the title of the order's page, "" when it does not come."""
    try:
        answer = shopper.session.get(urljoin(shopper.base, path), timeout=patience_seconds)
    except requests.RequestException:
        return ""
    return Page(answer.text).title if answer.ok else ""
