"""`make bench-sink`: what a failing telemetry sink costs the shop's customers, and its memory.

The product list is asked in rounds, healthy and failing by turns, so that both see the same
machine. Then each mode lasts for two minutes (`--minutes`), and the processes' growth is printed.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.sinks.load import browse
from tests.sinks.programs import SENDERS, Programs, Sink, running_programs, running_sink
from tests.sinks.sink import Mode

GOAL_RATIO = 1.10
GOAL_MIB = 16
_FAILING = [mode for mode in Mode if mode is not Mode.HEALTHY]

# Milliseconds of each request, round by round.
Waits = dict[Mode, list[list[float]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="rounds of every mode (12)")
    parser.add_argument("--seconds", type=float, default=4, help="how long a round lasts (4)")
    parser.add_argument("--minutes", type=float, default=2, help="of each failing mode, for memory (2)")
    options = parser.parse_args()
    growth: dict[Mode, dict[str, float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder,
        running_sink(Path(folder)) as sink,
        running_programs(Path(folder), sink) as shop,
    ):
        browse(shop.shop, seconds=10)
        waits = _waits(shop, sink, options)
        for mode in _FAILING:
            growth[mode] = _growth(shop, sink, mode, options.minutes * 60)
    return _report(waits, growth, options)


def _waits(shop: Programs, sink: Sink, options: argparse.Namespace) -> Waits:
    """Let customers browse in every mode, in a new order each round."""
    waits: Waits = {mode: [] for mode in Mode}
    for _ in range(options.rounds):
        for mode in random.sample(list(Mode), len(Mode)):
            sink.switch(mode)
            # The senders notice, and a failing sink's backlog is gone before a healthy round.
            time.sleep(2.5)
            load = browse(shop.shop, seconds=options.seconds)
            if load.errors:
                raise SystemExit(f"{mode}: customers saw {load.errors}")
            waits[mode].append([seconds * 1_000 for seconds in load.seconds])
            sink.switch(Mode.HEALTHY)
            time.sleep(2.5)
    return waits


def _growth(shop: Programs, sink: Sink, mode: Mode, seconds: float) -> dict[str, float]:
    """Return by how many MiB each program's worst process grew, the queue full or not."""
    sink.switch(Mode.HEALTHY)
    time.sleep(5)
    before = {name: shop.memory(name) for name in SENDERS}
    sink.switch(mode)
    browse(shop.shop, seconds=seconds)
    after = {name: shop.memory(name) for name in SENDERS}
    sink.switch(Mode.HEALTHY)
    return {
        name: max(after[name][pid] - mib for pid, mib in before[name].items() if pid in after[name])
        for name in SENDERS
    }


def _tell_waits(waits: Waits, options: argparse.Namespace) -> float:
    """Print a line per mode; return the worst ratio to the healthy sink."""
    # Of all rounds together: a round's own p95 hangs on its twenty slowest requests.
    p95 = {mode: _p95([wait for one in rounds for wait in one]) for mode, rounds in waits.items()}
    print(f"p95 of the product list, {options.rounds} rounds of {options.seconds:g} s, 8 customers at once")
    print(f"{'sink':12} {'requests':>9} {'p95':>9}   {'of single rounds':>20}   ratio to healthy")
    for mode, rounds in waits.items():
        single = sorted(_p95(one) for one in rounds)
        count = sum(len(one) for one in rounds)
        spread = f"{single[0]:.1f} to {single[-1]:.1f} ms"
        print(f"{mode:12} {count:9} {p95[mode]:6.1f} ms   {spread:>20}   {p95[mode] / p95[Mode.HEALTHY]:.2f}")
    worst = max(p95.values()) / p95[Mode.HEALTHY]
    print(f"worst ratio {worst:.2f}  (goal: at most {GOAL_RATIO:.2f})")
    return worst


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _report(waits: Waits, growth: dict[Mode, dict[str, float]], options: argparse.Namespace) -> int:
    worst_ratio = _tell_waits(waits, options)
    print(f"growth of the worst process after {options.minutes:g} minutes of load, MiB")
    for mode, by_program in growth.items():
        print(f"{mode:12} " + "  ".join(f"{name} {mib:+.1f}" for name, mib in by_program.items()))
    worst_mib = max(max(by_program.values()) for by_program in growth.values())
    print(f"worst growth {worst_mib:.1f} MiB  (goal: at most {GOAL_MIB})")
    return 0 if worst_ratio <= GOAL_RATIO and worst_mib <= GOAL_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
