"""`make bench-backlog`: how fast due orders are paid when the workers are back.

Twice, with the demo's two payment processes and a provider that takes 100 ms: once the messages
waited in the broker, once it has lost them all and the sweep rings. Linux only.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.running import Demo, running_demo
from tests.faults.broker import Broker
from tests.faults.customers import Customers

GOAL_PER_SECOND = 10
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 600
_SHOPPERS = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-backlog", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=500, help="how many are due (500)")
    orders = parser.parse_args().orders
    with (
        tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder,
        running_demo(Path(folder)) as demo,
    ):
        rates = [
            _drain(demo, "messages that waited", orders, lose_messages=False),
            _drain(demo, "messages lost", orders, lose_messages=True),
        ]
    print(f"slowest {min(rates):.1f}/s  (goal: at least {GOAL_PER_SECOND}/s)")
    return 0 if min(rates) >= GOAL_PER_SECOND else 1


def _drain(demo: Demo, case: str, orders: int, *, lose_messages: bool) -> float:
    """Let `orders` pile up and print how they are paid; return how many a second, from first to last."""
    demo.supervisor.stop("worker-payments")
    Customers(demo.shop, demo.places.data / "journal.jsonl").buy(orders, at_once=_SHOPPERS)
    if lose_messages:
        Broker(demo.places).lose_all()
    began = time.monotonic()
    demo.supervisor.start("worker-payments")
    moments = _watch(demo, began)
    first, half, last = moments[0], _when_half(moments), moments[-1]
    rate = (last[1] - first[1]) / (last[0] - first[0])
    print(
        f"{case:21} {orders} orders: first paid after {first[0]:.1f} s, half after {half:.1f} s, "
        f"all after {last[0]:.1f} s, {rate:.1f}/s",
        flush=True,
    )
    return rate


def _watch(demo: Demo, began: float) -> list[tuple[float, int]]:
    """Return (seconds, how many are paid) from the first payment until nothing is due."""
    due = _due(demo)
    moments: list[tuple[float, int]] = []
    while not moments or moments[-1][1] < due:
        time.sleep(_LOOK_SECONDS)
        paid, seconds = due - _due(demo), time.monotonic() - began
        if paid and (not moments or paid > moments[-1][1]):
            moments.append((seconds, paid))
        if seconds > _PATIENCE_SECONDS:
            raise SystemExit(f"{due - paid} orders are still due after {seconds:.0f} s")
    return moments


def _due(demo: Demo) -> int:
    [(count,)] = demo.rows("SELECT COUNT(*) FROM orders_order WHERE status = 'placed'")
    return int(count)


def _when_half(moments: Sequence[tuple[float, int]]) -> float:
    return next(seconds for seconds, paid in moments if paid >= moments[-1][1] / 2)


if __name__ == "__main__":
    raise SystemExit(main())
