"""Bounded, honest traffic: shoppers who buy through the forms, then the slowest payment's trace.

Called by scripts/generate-traffic.sh.
"""

import argparse
import math
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import requests

from webstore.demo.places import Places
from webstore.demo.shopper import Shopper, ShoppingFailed, TooLate, Wish
from webstore.telemetry import contract

_WAIT_SECONDS = 45
# The demo's metrics leave every 5 s.
_EXPORT_SECONDS = 6
_SHOPPERS_AT_ONCE = 16
# How often each practice token and each country is chosen, out of the sum.
_TOKENS = {"tok_approve": 80, "tok_slow": 8, "tok_decline": 8, "tok_timeout": 2, "tok_fail": 2}
_COUNTRIES = {"US": 45, "DE": 15, "GB": 10, "FR": 8, "BR": 8, "JP": 6, "CA": 5, "AU": 3}
_METHODS = {"card": 70, "paypal": 20, "bank_transfer": 10}


@dataclass
class Tally:
    """What came of all the shoppers so far, counted by several threads."""

    states: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, state: str) -> None:
        with self._lock:
            self.states[state] += 1

    def fail(self, reason: str) -> None:
        with self._lock:
            self.failures[reason] += 1

    def line(self, started: int, asked: int) -> str:
        with self._lock:
            ended = " · ".join(f"{count} {state.lower()}" for state, count in sorted(self.states.items()))
            failed = f" · {self.failures.total()} failed" if self.failures else ""
            return f"{started}/{asked} shoppers started · {ended or 'none finished'}{failed}"


def main() -> int:
    options = _options()
    tally = Tally()
    began_at = time.time()
    try:
        _shop(options, tally)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    except ShoppingFailed as reason:
        print(f"The shop at {options.shop} does not work: {reason}", file=sys.stderr)
        return 1
    except requests.ConnectionError:
        print(f"No shop answers at {options.shop}. Start it with: make run", file=sys.stderr)
        return 1
    _summarize(options, tally, began_at)
    return 1 if tally.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="generate-traffic.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=positive_integer, default=30, help="how many at most (30)")
    parser.add_argument("--seconds", type=positive_number, default=60, help="start none after these (60)")
    parser.add_argument("--rate", type=positive_number, default=2, help="orders begun a second (2)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same shoppers (1)")
    places = Places(Path(), web_port=_port("WEB_PORT", 8000), lens_port=_port("LENS_PORT", 8001))
    parser.add_argument("--shop", default=places.url(places.web_port, ""), help="the shop's address")
    parser.add_argument("--lens", default=places.url(places.lens_port, ""), help="where the dots are")
    parser.add_argument("--trace", help="where a trace opens, with {trace_id} in it (at the lens)")
    options = parser.parse_args()
    options.trace = options.trace or f"{options.lens}/traces/{{trace_id}}"
    return options


def _port(variable: str, usual: int) -> int:
    return int(os.environ.get(variable, usual))


def positive_number(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def positive_integer(text: str) -> int:
    return int(positive_number(str(int(text))))


def _shop(options: argparse.Namespace, tally: Tally) -> None:
    chance = random.Random(options.seed)  # noqa: S311 - shoppers, not secrets
    shelves = Shopper(options.shop)
    products = [path for page in range(1, 4) for path in shelves.products(f"/products?page={page}")]
    if not products:
        raise ShoppingFailed("no products; run: python manage.py seed")
    pending: list[Future[None]] = []
    with ThreadPoolExecutor(_SHOPPERS_AT_ONCE) as pool:
        for started in _paced(options):
            wish = _wish(chance)
            pending.append(pool.submit(_one, options.shop, wish, chance.choice(products), tally))
            _show(tally.line(started, options.orders))
        while not all(future.done() for future in pending):
            _show(tally.line(len(pending), options.orders))
            time.sleep(0.5)
    _show(tally.line(len(pending), options.orders), is_last=True)


def _paced(options: argparse.Namespace) -> Iterator[int]:
    """Yield 1, 2, 3 … at the rate asked for, until orders or seconds are used up."""
    began = time.monotonic()
    for number in range(options.orders):
        due = began + number / options.rate
        if due - began >= options.seconds:
            return
        time.sleep(max(0.0, due - time.monotonic()))
        yield number + 1


def _wish(chance: random.Random) -> Wish:
    return Wish(
        quantity=chance.choice((1, 1, 1, 2, 3)),
        country=_choose(chance, _COUNTRIES),
        payment_method=_choose(chance, _METHODS),
        payment_token=_choose(chance, _TOKENS),
        email=f"shopper{chance.randrange(10_000)}@example.com",
    )


def _choose(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), weights=list(weights.values()))[0]


def _one(shop: str, wish: Wish, product_path: str, tally: Tally) -> None:
    shopper = Shopper(shop)
    try:
        order_path = shopper.buy(wish, product_path=product_path)
        tally.add(shopper.wait(order_path, seconds=_WAIT_SECONDS))
    except TooLate:
        tally.add("Sold out")
    except (ShoppingFailed, LookupError, requests.RequestException) as reason:
        tally.fail(f"{type(reason).__name__}: {reason}")


def _show(line: str, *, is_last: bool = False) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="\n" if is_last else "", file=sys.stderr, flush=True)
    elif is_last:
        print(line, file=sys.stderr)


def _summarize(options: argparse.Namespace, tally: Tally, began_at: float) -> None:
    for state, count in tally.states.most_common():
        print(f"{count:6} {state.lower()}")
    for reason, count in tally.failures.most_common(5):
        print(f"{count:6} failed: {reason}")
    if tally.states:
        print("Waiting for the last measurements to be sent ...", file=sys.stderr)
        time.sleep(_EXPORT_SECONDS)
    slowest = _slowest_payment(options.lens, began_at)
    if slowest is None:
        print(f"No payment has a dot at {options.lens}.")
        return
    seconds, trace_id = slowest
    address = options.trace.replace("{trace_id}", trace_id)
    print(f"Slowest payment: {seconds:.2f} s, its trace: {address}")


def _slowest_payment(lens: str, began_at: float) -> tuple[float, str] | None:
    """Return (seconds, trace id) of the worst exemplar since then, None when there is none."""
    query = contract.PAYMENT_DURATION.name.replace(".", "_") + "_bucket"
    bounds = {"query": query, "start": str(began_at), "end": str(time.time() + 10)}
    try:
        answer = requests.get(f"{lens}/api/v1/query_exemplars", params=bounds, timeout=10)
        answer.raise_for_status()
    except requests.RequestException:
        return None
    exemplars = [found for series in answer.json()["data"] for found in series["exemplars"]]
    values = [(float(found["value"]), str(found["labels"]["trace_id"])) for found in exemplars]
    return max(values, default=None)


if __name__ == "__main__":
    sys.exit(main())
