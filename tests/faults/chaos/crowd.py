"""Honest shoppers in a shop that breaks: they press the button again, as people do."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.faults.chaos.afterwards import think_again
from tests.faults.customers import Customers, Form, Sale
from webstore.demo.shopper import ShoppingFailed, Wish
from webstore.telemetry import contract

_AT_ONCE = 24
# So often a shopper tries, a second apart, before giving up.
_TRIES = 60
# How often each practice card is used, out of the sum.
CARDS: Mapping[str, int] = {
    "tok_approve": 85,
    "tok_slow": 5,
    "tok_decline": 6,
    "tok_timeout": 2,
    "tok_fail": 2,
}
_REFUSED = (409, 422)


@dataclass
class Seen:
    """What the customers were shown, counted by several threads."""

    sales: list[Sale] = field(default_factory=list)
    # Pages that failed, by what was shown: each was tried again.
    failures: Counter[str] = field(default_factory=Counter)
    refused_count: int = 0
    given_up_count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, reason: str) -> None:
        with self._lock:
            self.failures[reason] += 1

    def end(self, sale: Sale | None) -> None:
        with self._lock:
            if sale is None:
                self.given_up_count += 1
            elif sale.is_placed:
                self.sales.append(sale)
            else:
                self.refused_count += 1


@dataclass(frozen=True)
class Size:
    """How many orders over how many seconds, from which everything else follows by the seed."""

    orders: int
    seconds: float
    seed: int
    cards: Mapping[str, int] = field(default_factory=lambda: CARDS)


def shop(customers: Customers, size: Size) -> Seen:
    """Let all shoppers come, evenly spread; return when all have done."""
    chance, seen = random.Random(size.seed), Seen()  # noqa: S311 - shoppers, not secrets
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        coming: list[Future[None]] = [
            pool.submit(_one, customers, _wish(chance, size.cards), seen, chance.random())
            for _ in _paced(size.orders, size.seconds)
        ]
    for shopper in coming:
        shopper.result()
    return seen


def _paced(orders: int, seconds: float) -> Iterator[int]:
    began = time.monotonic()
    for number in range(orders):
        time.sleep(max(0.0, began + number * seconds / orders - time.monotonic()))
        yield number


def _wish(chance: random.Random, cards: Mapping[str, int]) -> Wish:
    return Wish(
        quantity=chance.choice((1, 1, 1, 2)),
        payment_method=chance.choice(contract.PAYMENT_METHODS),
        payment_token=chance.choices(list(cards), weights=list(cards.values()))[0],
        email=f"shopper{chance.randrange(10_000)}@example.com",
    )


def _one(customers: Customers, wish: Wish, seen: Seen, luck: float) -> None:
    form = _filled(customers, wish, seen)
    sale = _sent(customers, form, seen) if form else None
    seen.end(sale)
    if form and sale and sale.is_placed:
        think_again(form.shopper, sale, card=wish.payment_token, luck=luck)


def _filled(customers: Customers, wish: Wish, seen: Seen) -> Form | None:
    for _ in range(_TRIES):
        try:
            return customers.fill(wish)
        except ShoppingFailed as reason:
            seen.fail(str(reason))
        except requests.RequestException:
            seen.fail("no answer to a page")
        time.sleep(1)
    return None


def _sent(customers: Customers, form: Form, seen: Seen) -> Sale | None:
    """Send one form, the very same one, until the shop says yes or no."""
    for _ in range(_TRIES):
        sale = customers.send(form)
        if sale.is_placed or sale.status in _REFUSED:
            return sale
        seen.fail(f"a checkout answered {sale.status}" if sale.status else "no answer to a checkout")
        time.sleep(1)
    return None
