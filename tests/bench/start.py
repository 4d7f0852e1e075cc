"""`make bench-start`: how long until the first dot opens its trace, and how much memory it all takes.

Starts the demo on free ports in a temporary folder, buys one thing as soon as the shop answers,
and waits until an exemplar of that payment opens its trace. Linux only: memory is read from /proc.
"""

import sys
import tempfile
import time
from pathlib import Path

import requests

from tests.bench.memory import pss_by_program
from tests.e2e import evidence
from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo, free_places, running_demo

GOAL_SECONDS = 30
GOAL_MB = 700
QUERY = "webstore_payment_duration_bucket"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder:
        places = free_places(Path(folder))
        began = time.monotonic()
        with running_demo(Path(folder), places) as demo:
            up = time.monotonic() - began
            order = buy(demo)
            bought = time.monotonic() - began
            if not eventually(lambda: _dot_opens(demo, order)):
                print("the dot never opened", file=sys.stderr)
                return 1
            opened = time.monotonic() - began
            memory = pss_by_program(demo.process.pid)
    return _report(up, bought, opened, memory)


def _dot_opens(demo: Demo, order: Bought) -> bool:
    dots = [dot for dot in evidence.dots(demo.lens, QUERY) if dot.trace_id == order.trace_id]
    page = requests.get(f"{demo.lens}/traces/{order.trace_id}", timeout=10)
    return bool(dots) and page.ok and "process_payment" in page.text


def _report(up: float, bought: float, opened: float, memory: dict[str, int]) -> int:
    print(f"everything answers        {up:6.1f} s")
    print(f"first order placed        {bought:6.1f} s")
    print(f"its dot opens its trace   {opened:6.1f} s   (goal: at most {GOAL_SECONDS} s)")
    for program, kib in sorted(memory.items(), key=lambda item: -item[1]):
        print(f"  {program:24} {kib / 1024:6.1f} MB")
    total = sum(memory.values()) / 1024
    print(f"all programs, sum of PSS  {total:6.1f} MB  (goal: at most {GOAL_MB} MB)")
    return 0 if opened <= GOAL_SECONDS and total <= GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
