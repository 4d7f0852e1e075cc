"""A crowd of shoppers, the same at every run, and the states in which their orders end."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.buying import Bought, buy
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish
from webstore.telemetry import contract

_AT_ONCE = 4
_COUNTRIES = ("US", "DE", "JP")
# With the good one, every outcome of a payment. Two of them take their time.
EVERY_OUTCOME = ("tok_slow", "tok_decline", "tok_timeout", "tok_fail")
_WAIT_SECONDS = 60


def shop(demo: Demo, *, orders: int, first_tokens: tuple[str, ...] = EVERY_OUTCOME) -> list[Bought]:
    """Buy `orders` times, a few at once; return the orders when nothing more happens to them.

    The first of them pay with `first_tokens`, the rest is approved.
    """
    wishes = [_wish(number, first_tokens) for number in range(orders)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda wish: _one(demo, wish), wishes))


def _wish(number: int, first_tokens: tuple[str, ...]) -> Wish:
    return Wish(
        country=_COUNTRIES[number % len(_COUNTRIES)],
        payment_method=contract.PAYMENT_METHODS[number % len(contract.PAYMENT_METHODS)],
        payment_token=first_tokens[number] if number < len(first_tokens) else "tok_approve",
    )


def _one(demo: Demo, wish: Wish) -> Bought:
    order = buy(demo, wish)
    demo.shopper().wait(order.path, seconds=_WAIT_SECONDS)
    return order
