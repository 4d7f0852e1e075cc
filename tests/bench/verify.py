"""`make bench-verify`: how long `manage.py verify` judges a hundred thousand orders, and its peak memory.

Fills a SQLite file in a temporary folder, or the empty database that DATABASE_URL names, and a ledger
beside it: orders in every state, all as they should be. Usage: python -m tests.bench.verify [--orders N].
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    order_count = parser.parse_args().orders
    with tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder:
        ledger = _prepare(Path(folder), order_count)
        return _measure(ledger)


def _prepare(folder: Path, order_count: int) -> Path:
    """Fill the database and return the ledger."""
    os.environ.update({"WEBSTORE_DEMO": "1", "WEBSTORE_DATA": str(folder)})
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'shop.sqlite3'}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "webstore.settings"
    django.setup()
    # Models can be imported from here on only.
    from tests.bench.old_orders import fill  # noqa: PLC0415

    began = time.monotonic()
    ledger = folder / "ledger.sqlite3"
    fill(ledger, order_count)
    print(f"{order_count:,} orders made in {time.monotonic() - began:.1f} s", file=sys.stderr)
    return ledger


def _measure(ledger: Path) -> int:
    command = [sys.executable, "manage.py", "verify", "--json", "--ledger", str(ledger)]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    verdict = json.loads(done.stdout)
    print(json.dumps(verdict["counts"]))
    print(f"{len(verdict['violations'])} violations, {peak_mb:.0f} MB at the peak")
    print(f"{seconds:.1f} s in all, {cpu:.1f} s of them computing")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
