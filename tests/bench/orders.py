"""Steady orders from a process of its own: customers who know what they want and watch nothing.

Usage: python -m tests.bench.orders <shop> <orders a second> <seconds>; prints how many were placed.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

from webstore.demo.forms import Form, Page
from webstore.demo.shopper import Shopper, Wish

_AT_ONCE = 8


class Regular:
    """One customer who orders the same thing again and again, in three requests."""

    def __init__(self, shop: str) -> None:
        shopper = Shopper(shop)
        path = shopper.products()[0]
        self._session = shopper.session
        self._shop = shop
        self._add = self._page(path).form("/cart/add")
        self._answers = {"email": Wish.email, "name": Wish.name, "address": Wish.address}
        self._answers |= {"country": Wish.country, "payment_method": Wish.payment_method}
        self._answers |= {"payment_token": Wish.payment_token}

    def order(self) -> bool:
        """Return whether an order was placed."""
        self._post(self._add, {})
        location = self._post(self._page("/checkout").form("/checkout"), self._answers)
        return urlsplit(location).path.startswith("/orders/")

    def _page(self, path: str) -> Page:
        return Page(self._session.get(urljoin(self._shop, path), timeout=30).text)

    def _post(self, form: Form, entries: dict[str, str]) -> str:
        """Return where the answer leads, "" for nowhere."""
        address = urljoin(self._shop, form.action)
        answer = self._session.post(
            address,
            data=form.fields | entries,
            headers={"Referer": self._shop},
            timeout=30,
            allow_redirects=False,
        )
        return answer.headers.get("Location", "")


def main(shop: str, per_second: float, seconds: float) -> int:
    """Return how many orders were placed."""
    began = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        placed = [
            pool.submit(_keep_ordering, Regular(shop), began, per_second, seconds) for _ in range(_AT_ONCE)
        ]
    return sum(future.result() for future in placed)


def _keep_ordering(customer: Regular, began: float, per_second: float, seconds: float) -> int:
    pause = _AT_ONCE / per_second
    tried = placed = 0
    while (now := time.monotonic() - began) < seconds:
        if now < tried * pause:
            time.sleep(tried * pause - now)
        tried += 1
        placed += customer.order()
    return placed


if __name__ == "__main__":
    print(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
