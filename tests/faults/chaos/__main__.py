"""A thousand orders while everything breaks: `make chaos`. Exit 1: some order is not as it should be."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.chaos.crowd import Size
from tests.faults.chaos.running import run
from tests.faults.chaos.telling import summary
from tests.faults.tree import running_tree
from webstore.demo.traffic import positive_integer, positive_number


def main() -> int:
    options = _options()
    size = Size(options.orders, options.minutes * 60, options.seed)
    print(f"Seed {size.seed}: {size.orders} orders in {options.minutes:g} minutes.", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    with running_tree(folder / "shop") as tree:
        outcome = run(tree, size, lambda line: print(line, flush=True))
        print(f"\n{summary(tree, outcome)}\n", flush=True)
    if outcome.is_good:
        shutil.rmtree(folder)
        print("All is as it should be.")
        return 0
    print(f"All is not as it should be: look into {folder}, or run it again with --seed {size.seed}")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--orders", type=positive_integer, default=1_000, help="how many (1000)")
    parser.add_argument("--minutes", type=positive_number, default=10, help="over how long (10)")
    usual = int(time.time()) % 100_000
    parser.add_argument("--seed", type=int, default=usual, help="the same seed, the same faults")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
