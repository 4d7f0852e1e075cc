"""F19: one worker's clock is ten minutes off, beside one whose clock is right."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.evidence import eventually
from tests.faults.broker import Broker
from tests.faults.customers import Sale
from tests.faults.outside import change
from tests.faults.postgres import PostgresTree
from tests.faults.tree import Tree
from webstore.telemetry import contract

# Where Debian has it, by machine.
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
RUN = re.compile(r"Task payments\.tasks\.charge\[\S+ succeeded in ([0-9.e-]+)s")
ORDERS, RINGS, SLOW_SECONDS = 6, 3, 3
PAID_SECONDS = 40
INSTANCE = "wrong-clock"
APART_SECONDS = 600
DURATIONS = (contract.PAYMENT_DURATION.name, contract.TIME_TO_PAID.name, contract.TASK_WAIT.name)
# An order's times are the database's; SQLite takes them from whichever process writes.
BY_NO_DATABASE = (contract.PAYMENT_DURATION.name, contract.TASK_WAIT.name)
# The highest bound that all three of them have. Nothing takes so long here.
LONG_SECONDS = 60

pytestmark = [
    pytest.mark.skipif(not LIBRARIES, reason="libfaketime is missing; on Debian: apt-get install faketime"),
    pytest.mark.parametrize("by", ["+600s", "-600s"]),
]


@contextmanager
def _worker_with_wrong_clock(tree: Tree, by: str) -> Iterator[Path]:
    """Run one more worker; only what time it is differs, not how long a second takes."""
    clock = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": by, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    clock["WEBSTORE_INSTANCE"] = INSTANCE
    log = tree.places.logs / "worker-payments-twin.log"
    log.unlink(missing_ok=True)
    with tree.one_more("worker-payments", "-n", "wrong@%h", **clock):
        assert eventually(lambda: "ready" in log.read_text()), log.read_text()
        yield log


def _buy_slowly(tree: Tree, broker: Broker, log: Path) -> list[Sale]:
    """Buy; and let every worker hear of each charge again while somebody has it under way."""
    # What workers held that others killed would come again, having really waited for a minute.
    broker.forget_held()
    tree.provider.switch("slow", seconds=SLOW_SECONDS, count=ORDERS)
    with tree.hanging("worker-payments"):
        # What it has asked the broker for runs out: the others are for the one with the wrong clock.
        time.sleep(1.5)
        sales = tree.customers.buy(ORDERS)
        assert eventually(lambda: _runs(log)), log.read_text()
    for sale in sales:
        broker.ring(tree.attempts(sale)[0].pk, times=RINGS)
    return sales


def _runs(log: Path) -> list[float]:
    """Return how long each charge ran in the worker with the wrong clock: a real one takes its time."""
    return [float(seconds) for seconds in RUN.findall(log.read_text())]


def _wrong_durations(tree: Tree, names: Sequence[str] = DURATIONS) -> set[tuple[Any, ...]]:
    """Return what has been measured so far and is below 0, or as long as clocks are apart."""
    marks = ",".join("?" * len(names))
    series = f"JOIN series ON series.id = series_id WHERE metric IN ({marks})"
    cells = f"SELECT metric, instance, time_ns, bounds, bucket FROM cells {series}"  # noqa: S608
    dots = f"SELECT metric, instance, time_ns, value FROM exemplars {series}"  # noqa: S608
    long = {
        found
        for *found_in, bounds, bucket in tree.lens_rows(cells, *names)
        if (found := (*found_in, (0, *json.loads(bounds))[bucket]))[-1] >= LONG_SECONDS
    }
    return long | {dot for dot in tree.lens_rows(dots, *names) if not 0 <= dot[-1] < APART_SECONDS / 2}


def _has_measured(tree: Tree) -> bool:
    """Return whether something came of what the worker with the wrong clock measured."""
    [(count,)] = tree.lens_rows(
        """SELECT COUNT(*) FROM points JOIN series ON series.id = series_id
        WHERE metric = ? AND instance LIKE ?""",
        contract.TASK_WAIT.name,
        f"{INSTANCE}%",
    )
    return bool(count)


def test_postgres_tells_workers_the_time(postgres_tree: PostgresTree, by: str) -> None:
    before = _wrong_durations(postgres_tree)
    with _worker_with_wrong_clock(postgres_tree, by) as log:
        sales = _buy_slowly(postgres_tree, Broker(postgres_tree.places), log)
        postgres_tree.wait_paid(sales, within=PAID_SECONDS)

    assert max(_runs(log)) >= SLOW_SECONDS
    # Nobody has taken a charge out of another's hands.
    attempts = [attempt for sale in sales for attempt in postgres_tree.attempts(sale)]
    assert [(attempt.state, attempt.tries) for attempt in attempts] == [("approved", 1)] * ORDERS
    assert postgres_tree.violations() == []
    assert _has_measured(postgres_tree)
    assert _wrong_durations(postgres_tree) - before == set()


def test_sqlite_has_no_clock_but_money_is_safe(tree: Tree, by: str) -> None:
    before = _wrong_durations(tree, BY_NO_DATABASE)
    with _worker_with_wrong_clock(tree, by) as log:
        sales = _buy_slowly(tree, Broker(tree.places), log)
        assert eventually(lambda: all(tree.attempts(sale)[-1].state != "charging" for sale in sales))
    # It has charged, or heard of all charges: to the one that is behind, none is due yet.
    assert max(_runs(log)) >= SLOW_SECONDS or by.startswith("-")
    assert tree.verify(settle_seconds=0).broken("I1", "I2", "I3") == []

    # What the wrong clock has put off for ten minutes.
    change(tree, "UPDATE payments_paymentattempt SET next_attempt_at = created_at, rung_at = NULL")
    tree.wait_paid(sales, within=PAID_SECONDS)
    assert [tree.charge_count(sale) for sale in sales] == [1] * ORDERS
    assert tree.violations() == []
    assert _has_measured(tree)
    assert _wrong_durations(tree, BY_NO_DATABASE) - before == set()
