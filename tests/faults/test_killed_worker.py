"""F1, F2: whatever part of a worker is killed at whatever moment, its orders are paid once, and soon."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.evidence import eventually
from tests.faults.customers import Sale
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree
from webstore.demo.shopper import Wish

POINTS = ("before_claim", "after_claim", "request_sent", "answer_in", "before_commit")
# The lease, a sweep, and what starting a worker takes.
BOUND_SECONDS = 15


@dataclass(frozen=True)
class Killed:
    """A child that died over this order, and the seconds until it was paid all the same."""

    sale: Sale
    recovery: "Future[float]"


@pytest.fixture(scope="module")
def killed(shared_tree: Tree) -> Iterator[Mapping[str, Killed]]:
    """Kill one child of the pool at each point, each over an order of its own; all recover at once."""
    with ThreadPoolExecutor(len(POINTS)) as waiting:
        yield {point: _kill_at(point, shared_tree, waiting) for point in POINTS}


def _kill_at(point: str, tree: Tree, waiting: Executor) -> Killed:
    form = tree.customers.fill(Wish())
    # For this order alone: another one's next try would come by here as well.
    wish = tree.wish(f"kill-at-{point}-{form.token}")
    sale = tree.customers.send(form)
    assert eventually(lambda: not wish.exists()), f"nobody came to {point}"
    return Killed(sale, waiting.submit(tree.wait_paid, [sale], since=time.monotonic()))


@pytest.mark.parametrize("point", POINTS)
def test_order_of_a_killed_child_is_paid_once(
    tree: Tree, killed: Mapping[str, Killed], point: str, record_recovery: NoteRecovery
) -> None:
    record_recovery(f"F1 {point}", killed[point].recovery.result(), bound=BOUND_SECONDS)
    assert tree.charge_count(killed[point].sale) == 1
    assert tree.violations() == []


@pytest.mark.parametrize("victims", ["main process", "whole group"])
def test_orders_of_a_killed_worker_are_paid_once(
    tree: Tree, victims: str, record_recovery: NoteRecovery
) -> None:
    with tree.provider.faulty("slow", seconds=2):
        sales = tree.customers.buy(4)
        tree.wait_charging(sales)
        main, *children = tree.pids("worker-payments")
        tree.kill([main] if victims == "main process" else [main, *children])

    record_recovery(f"F2 {victims}", tree.wait_paid(sales), bound=BOUND_SECONDS)
    assert [tree.charge_count(sale) for sale in sales] == [1] * 4
    assert tree.violations() == []
