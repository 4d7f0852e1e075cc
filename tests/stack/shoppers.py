"""Shoppers who come steadily for as long as a block runs, whatever happens to the back ends meanwhile."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from tests.stack.running import Stack
from webstore.demo.shopper import Shopper, ShoppingFailed, Wish
from webstore.telemetry import contract

_AT_ONCE = 8
_PAID_SECONDS = 45
_COUNTRIES = ("US", "DE", "JP")


@dataclass
class Crowd:
    """What became of those who came; complete once the block is over."""

    stack: Stack
    shelf: list[str]
    paths: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    def buy(self, number: int) -> None:
        shopper = Shopper(self.stack.shop)
        wish = Wish(
            country=_COUNTRIES[number % len(_COUNTRIES)],
            payment_method=contract.PAYMENT_METHODS[number % len(contract.PAYMENT_METHODS)],
        )
        try:
            path = shopper.buy(wish, product_path=self.shelf[number % len(self.shelf)])
            self.paths.append(path)
            self.states[shopper.wait(path, seconds=_PAID_SECONDS)] += 1
        except (ShoppingFailed, LookupError, requests.RequestException) as reason:
            self.states[f"{type(reason).__name__}: {reason}"] += 1

    @property
    def trace_ids(self) -> list[str]:
        tokens = [path.rsplit("/", 1)[-1] for path in self.paths]
        sql = "SELECT trace_id FROM orders_order WHERE token = ANY(%s)"
        return [trace_id for (trace_id,) in self.stack.rows(sql, tokens)]


def _shelf(stack: Stack) -> list[str]:
    """Return what there is most of: no test sells it out."""
    plenty = "SELECT slug FROM catalog_product ORDER BY reserved - on_hand LIMIT 20"
    return [f"/products/{slug}" for (slug,) in stack.rows(plenty)]


@contextmanager
def crowd(stack: Stack, *, orders_per_second: float) -> Iterator[Crowd]:
    """Send shoppers while the block runs; then wait until nothing more happens to their orders."""
    came = Crowd(stack, _shelf(stack))
    is_over = threading.Event()
    with ThreadPoolExecutor(_AT_ONCE + 1) as pool:
        doorman = pool.submit(_let_in, came, pool, is_over, 1 / orders_per_second)
        try:
            yield came
        finally:
            is_over.set()
            doorman.result()


def _let_in(came: Crowd, pool: ThreadPoolExecutor, is_over: threading.Event, seconds: float) -> None:
    number = 0
    while not is_over.wait(seconds):
        pool.submit(came.buy, number)
        number += 1
