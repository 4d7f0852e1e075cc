"""A crowd of shoppers, the same at every run, and the states in which their orders end."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.buying import Bought, buy
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish
from webstore.telemetry import contract

_AT_ONCE = 4
_COUNTRIES = ("US", "DE", "JP")
# Every outcome of a payment, and mostly the good one.
_TOKENS = ("tok_slow", "tok_decline", "tok_timeout", "tok_fail")
_WAIT_SECONDS = 60


def shop(demo: Demo, *, orders: int) -> list[Bought]:
    """Buy `orders` times, a few at once; return the orders when nothing more happens to them."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda number: _one(demo, _wish(number)), range(orders)))


def _wish(number: int) -> Wish:
    return Wish(
        country=_COUNTRIES[number % len(_COUNTRIES)],
        payment_method=contract.PAYMENT_METHODS[number % len(contract.PAYMENT_METHODS)],
        payment_token=_TOKENS[number] if number < len(_TOKENS) else "tok_approve",
    )


def _one(demo: Demo, wish: Wish) -> Bought:
    order = buy(demo, wish)
    demo.shopper().wait(order.path, seconds=_WAIT_SECONDS)
    return order
