"""F19: one worker's clock is ten minutes off, beside one whose clock is right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.faults.broker import Broker
from tests.faults.customers import Sale
from tests.faults.outside import change
from tests.faults.postgres import PostgresTree
from tests.faults.tree import Tree

# Where Debian has it, by machine.
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
ORDERS, RINGS, SLOW_SECONDS = 6, 3, 3
PAID_SECONDS = 40

pytestmark = [
    pytest.mark.skipif(not LIBRARIES, reason="libfaketime is missing; on Debian: apt-get install faketime"),
    pytest.mark.parametrize("by", ["+600s", "-600s"]),
]


@contextmanager
def _worker_with_wrong_clock(tree: Tree, by: str) -> Iterator[None]:
    """Run one more worker; only what time it is differs, not how long a second takes."""
    clock = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": by, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    log = tree.places.logs / "worker-payments-twin.log"
    log.unlink(missing_ok=True)
    with tree.one_more("worker-payments", "-n", "wrong@%h", **clock):
        assert eventually(lambda: "ready" in log.read_text()), log.read_text()
        yield


def _buy_slowly(tree: Tree, broker: Broker) -> list[Sale]:
    """Buy; and let every worker hear of each charge again while somebody has it under way."""
    tree.provider.switch("slow", seconds=SLOW_SECONDS, count=ORDERS)
    sales = tree.customers.buy(ORDERS)
    tree.wait_charging(sales)
    for sale in sales:
        broker.ring(tree.attempts(sale)[0].pk, times=RINGS)
    return sales


def test_postgres_tells_workers_the_time(postgres_tree: PostgresTree, by: str) -> None:
    with _worker_with_wrong_clock(postgres_tree, by):
        sales = _buy_slowly(postgres_tree, Broker(postgres_tree.places))
        postgres_tree.wait_paid(sales, within=PAID_SECONDS)

    # Nobody has taken a charge out of another's hands.
    attempts = [attempt for sale in sales for attempt in postgres_tree.attempts(sale)]
    assert [(attempt.state, attempt.tries) for attempt in attempts] == [("approved", 1)] * ORDERS
    assert postgres_tree.violations() == []


def test_sqlite_has_no_clock_but_money_is_safe(tree: Tree, by: str) -> None:
    with _worker_with_wrong_clock(tree, by):
        sales = _buy_slowly(tree, Broker(tree.places))
        eventually(lambda: all(tree.attempts(sale)[-1].state != "charging" for sale in sales))
    assert tree.verify(settle_seconds=0).broken("I1", "I2", "I3") == []

    # What the wrong clock has put off for ten minutes.
    change(tree, "UPDATE payments_paymentattempt SET next_attempt_at = created_at, rung_at = NULL")
    tree.wait_paid(sales, within=PAID_SECONDS)
    assert [tree.charge_count(sale) for sale in sales] == [1] * ORDERS
    assert tree.violations() == []
