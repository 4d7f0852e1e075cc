"""What people do with an order they have: customers cancel it or pay again, a clerk gives money back."""

import random
import threading
from contextlib import suppress
from urllib.parse import urljoin

import requests

from tests.faults.customers import Sale
from tests.faults.tree import Tree
from webstore.demo.forms import Page
from webstore.demo.shopper import Shopper, ShoppingFailed

_TIMEOUT_SECONDS = 20
_PATIENCE_SECONDS = 20
# Of a hundred shoppers so many want to cancel at once.
_REGRETS_PERCENT = 8
_CLERKS_PAUSE_SECONDS = 4.0
# What goes wrong when the shop is broken just now: they let it be.
_TROUBLE = (requests.RequestException, ShoppingFailed, LookupError)


def think_again(shopper: Shopper, sale: Sale, *, card: str, luck: float) -> None:
    """Cancel the order, or pay again when it is declined, or leave it as it is; `luck` is 0 to 1."""
    with suppress(*_TROUBLE):
        if luck * 100 < _REGRETS_PERCENT:
            _press(shopper, sale.path, button=f"{sale.path}/cancel")
        # The others don't watch: asking again and again would be most of what the shop has to do.
        elif card == "tok_decline" and shopper.wait(sale.path, seconds=_PATIENCE_SECONDS) == "Declined":
            _press(shopper, f"{sale.path}/pay", button=f"{sale.path}/pay", payment_token="tok_approve")


def _press(shopper: Shopper, path: str, *, button: str, **entries: str) -> None:
    url = urljoin(shopper.base, path)
    form = Page(shopper.session.get(url, timeout=_TIMEOUT_SECONDS).text).form(button)
    headers = {"Referer": url}
    shopper.session.post(
        urljoin(shopper.base, button),
        data={**form.fields, **entries},
        headers=headers,
        timeout=_TIMEOUT_SECONDS,
    )


class Clerk(threading.Thread):
    """Somebody of the staff who gives back all or a part of some paid orders, and presses twice."""

    def __init__(self, tree: Tree, seed: int) -> None:
        super().__init__(name="clerk", daemon=True)
        self._tree = tree
        self._chance = random.Random(f"clerk {seed}")  # noqa: S311 - a clerk, no secret
        self._session = requests.Session()
        self._session.trust_env = False
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.wait(_CLERKS_PAUSE_SECONDS):
            with suppress(*_TROUBLE):
                self._give_back()

    def end(self) -> None:
        self._is_over.set()
        self.join()

    def _give_back(self) -> None:
        paid = self._tree.rows("SELECT id FROM orders_order WHERE paid_at IS NOT NULL ORDER BY id")
        if not paid:
            return
        [order_id] = self._chance.choice(paid)
        url = f"{self._tree.shop}/admin/orders/order/{order_id}/refund/"
        page = self._session.get(url, timeout=_TIMEOUT_SECONDS)
        if "/login/" in page.url:
            self._send(page, username="demo", password="demo")
            page = self._session.get(url, timeout=_TIMEOUT_SECONDS)
        part = {"amount": "1.00"} if self._chance.random() < 0.7 else {}
        for _ in range(2):
            self._send(page, **part, reason="It broke.", confirmed="yes")

    def _send(self, page: requests.Response, **entries: str) -> None:
        form = Page(page.text).forms[-1]
        headers = {"Referer": page.url}
        self._session.post(
            page.url, data={**form.fields, **entries}, headers=headers, timeout=_TIMEOUT_SECONDS
        )
