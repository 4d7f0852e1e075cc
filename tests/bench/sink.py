"""`make bench-sink`: what a failing telemetry sink costs the shop's customers, and its memory.

The product list is asked in rounds, healthy and failing by turns, so that both see the same
machine. Then each mode lasts for two minutes (`--minutes`), and the processes' growth is printed.
"""

import argparse
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds of every mode (7)")
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


def _waits(shop: Programs, sink: Sink, options: argparse.Namespace) -> dict[Mode, list[float]]:
    """Return the p95 of each round in milliseconds, modes interleaved."""
    waits: dict[Mode, list[float]] = {mode: [] for mode in Mode}
    for _ in range(options.rounds):
        for mode in Mode:
            sink.switch(mode)
            # The senders notice, and a failing sink's backlog is gone before a healthy round.
            time.sleep(2.5)
            load = browse(shop.shop, seconds=options.seconds)
            if load.errors:
                raise SystemExit(f"{mode}: customers saw {load.errors}")
            waits[mode].append(_p95(load.seconds) * 1_000)
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


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _report(
    waits: dict[Mode, list[float]], growth: dict[Mode, dict[str, float]], options: argparse.Namespace
) -> int:
    healthy = waits[Mode.HEALTHY]
    print(f"p95 of the product list, {options.rounds} rounds of {options.seconds:g} s, 8 customers at once")
    print(f"{'sink':12} {'median':>9} {'spread':>17}   ratio to healthy, round by round (median)")
    worst_ratio = 0.0
    for mode, values in waits.items():
        ratio = statistics.median(own / base for own, base in zip(values, healthy, strict=True))
        worst_ratio = max(worst_ratio, ratio)
        spread = f"{min(values):.1f} to {max(values):.1f}"
        print(f"{mode:12} {statistics.median(values):6.1f} ms {spread:>14} ms   {ratio:.2f}")
    print(f"worst ratio {worst_ratio:.2f}  (goal: at most {GOAL_RATIO:.2f})")
    print(f"growth of the worst process after {options.minutes:g} minutes of load, MiB")
    for mode, by_program in growth.items():
        print(f"{mode:12} " + "  ".join(f"{name} {mib:+.1f}" for name, mib in by_program.items()))
    worst_mib = max(max(by_program.values()) for by_program in growth.values())
    print(f"worst growth {worst_mib:.1f} MiB  (goal: at most {GOAL_MIB})")
    return 0 if worst_ratio <= GOAL_RATIO and worst_mib <= GOAL_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
