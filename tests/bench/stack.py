"""`make bench-stack`: how soon a payment's dot and trace can be asked for, and what every part takes.

Starts what `make run-real` starts on free ports in a temporary folder. First quiet: one order
after the other, each until its dot and its trace are there. Then steady orders, with the memory of
every part at the end. Linux only: memory is read from /proc.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.bench.memory import cpu_by_program, pss_by_program
from tests.e2e import evidence
from tests.e2e.buying import buy
from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT
from tests.stack.running import Stack, running_stack
from webstore.telemetry import contract

_QUERY = contract.PAYMENT_DURATION.name.replace(".", "_") + "_bucket"
_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Delays:
    """Seconds from "paid" until one could ask for the trace by id, and for the dot."""

    trace: float
    dot: float


@dataclass(frozen=True)
class Load:
    placed: int
    paid: int
    seconds: float
    # Program → KiB: as it idles, and under load at most.
    idle: dict[str, int]
    busy: dict[str, int]
    # Program → hundredths of a processor's second.
    cpu: dict[str, int]


def main() -> int:
    options = _options()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder,
            running_stack(Path(folder), WEBSTORE_TRACE_RATIO="0.1", PAYMENT_WORKERS="6") as stack,
        ):
            delays = [_delays(stack) for _ in range(options.orders)]
            load = _load(stack, options.per_second, options.seconds)
    except pytest.skip.Exception as lacks:
        print(f"make bench-stack {lacks}", file=sys.stderr)
        return 1
    _tell_delays(delays)
    _tell_load(load, options.per_second)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-stack")
    parser.add_argument("--orders", type=int, default=15, help="how many one after the other (15)")
    parser.add_argument("--per-second", type=float, default=20, help="orders a second afterwards (20)")
    parser.add_argument("--seconds", type=float, default=60, help="for how long (60)")
    return parser.parse_args()


def _delays(stack: Stack) -> Delays:
    order = buy(stack)
    sql = "SELECT paid_at FROM orders_order WHERE number = ? AND paid_at IS NOT NULL"
    [(paid_at,)] = eventually(lambda: stack.rows(sql, order.number))
    seen: dict[str, float] = {}
    gives_up_at = time.monotonic() + _PATIENCE_SECONDS
    while len(seen) < 2 and time.monotonic() < gives_up_at:
        if "trace" not in seen and _has_trace(stack, order.trace_id):
            seen["trace"] = _since(paid_at)
        if "dot" not in seen and _has_dot(stack, order.trace_id):
            seen["dot"] = _since(paid_at)
        time.sleep(_LOOK_SECONDS)
    return Delays(**{"trace": float("inf"), "dot": float("inf")} | seen)


def _has_trace(stack: Stack, trace_id: str) -> bool:
    return contract.PROCESS_PAYMENT in {span.name for span in evidence.trace(stack.traces, trace_id)}


def _has_dot(stack: Stack, trace_id: str) -> bool:
    return any(dot.trace_id == trace_id for dot in evidence.dots(stack.prometheus, _QUERY))


def _since(moment: datetime) -> float:
    return time.time() - moment.timestamp()


def _load(stack: Stack, per_second: float, seconds: float) -> Load:
    stack.rows("UPDATE catalog_product SET on_hand = 1000000")
    [(before,)] = stack.rows("SELECT count(*) FROM orders_order")
    idle, cpu_before = pss_by_program(stack.process.pid), cpu_by_program(stack.process.pid)
    command = [sys.executable, "-m", "tests.bench.orders", stack.shop, str(per_second), str(seconds)]
    busy: dict[str, int] = {}
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as orders:
        while orders.poll() is None:
            time.sleep(5)
            sizes = pss_by_program(stack.process.pid)
            busy = {name: max(size, busy.get(name, 0)) for name, size in sizes.items()}
    took = time.monotonic() - began
    cpu_after = cpu_by_program(stack.process.pid)
    cpu = {name: ticks - cpu_before.get(name, 0) for name, ticks in cpu_after.items()}
    sql = "SELECT count(*), count(paid_at) FROM orders_order"
    [(placed, paid)] = stack.rows(sql)
    return Load(placed - before, paid - before, took, idle, busy, cpu)


def _tell_delays(delays: list[Delays]) -> None:
    print(f"\n{len(delays)} orders, one after the other; metrics leave every 5 s, spans after 1 s")
    print(f"{'seconds from paid to':24} {'median':>8} {'worst':>8}")
    for words, values in (
        ("its trace by id", [delay.trace for delay in delays]),
        ("its dot by query", [delay.dot for delay in delays]),
    ):
        print(f"{words:24} {statistics.median(values):8.1f} {max(values):8.1f}")


def _tell_load(load: Load, wanted: float) -> None:
    rate = load.placed / load.seconds
    print(f"\n{rate:.1f} orders a second of {wanted:g} wanted, for {load.seconds:.0f} s: ", end="")
    print(f"{load.placed} placed, {load.paid} paid when the last one was placed")
    print(f"{'':24} {'MB, idle':>8} {'MB, busy':>8} {'CPU ms/order':>13}")
    for program, kib in sorted(load.busy.items(), key=lambda item: -item[1]):
        _tell_part(program, (load.idle.get(program, 0), kib), load.cpu.get(program, 0), load.placed)
    _tell_part("all", (sum(load.idle.values()), sum(load.busy.values())), sum(load.cpu.values()), load.placed)


def _tell_part(program: str, kib: tuple[int, int], ticks: int, orders: int) -> None:
    idle, busy = (size / 1024 for size in kib)
    print(f"{program:24} {idle:8.1f} {busy:8.1f} {ticks * 10 / max(1, orders):13.1f}")


if __name__ == "__main__":
    sys.exit(main())
