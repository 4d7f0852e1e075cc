"""F5, F6, F7: the broker may refuse, hang or forget. No customer waits for it, and all orders are paid."""

import random
import statistics
import time
from collections.abc import Sequence

import pytest

from tests.e2e import evidence
from tests.e2e.evidence import Span, eventually
from tests.faults.broker import Broker
from tests.faults.customers import Sale
from tests.faults.recovery import NoteRecovery, is_thorough, seed
from tests.faults.tree import Tree

# Outages of so many seconds, and how long after one an order may be unpaid. A long one is not found
# again otherwise when the broker hung: that is left to `make faults`.
SHORT, LONG = (3, 10), (12, 25)
BOUNDS = {SHORT: 10, LONG: 35}
P95_SECONDS, LONGEST_SECONDS = 1.5, 3.0
ENOUGH = 40
PUBLISHED = "apply_async/payments.tasks.charge"


def _bound(outage: float) -> int:
    return BOUNDS[SHORT] if outage <= SHORT[1] else BOUNDS[LONG]


def _some(outage: tuple[int, int]) -> float:
    return random.Random(seed()).uniform(*outage)  # noqa: S311 - any moment will do


def _buy_meanwhile(tree: Tree, count: int, *, lasts: float) -> tuple[list[Sale], float, float]:
    """Return the sales, how long the outage has really been, and the moment it was over."""
    began = time.monotonic()
    sales = tree.customers.buy(count)
    time.sleep(max(0.0, began + lasts - time.monotonic()))
    back_at = time.monotonic()
    return sales, back_at - began, back_at


def _assert_nobody_waited(sales: Sequence[Sale]) -> None:
    seconds = sorted(sale.seconds for sale in sales)
    assert statistics.quantiles(seconds, n=20, method="inclusive")[-1] <= P95_SECONDS, seconds
    assert seconds[-1] <= LONGEST_SECONDS
    assert {sale.title.partition(" · ")[0] for sale in sales} == {"Paying…"}


@pytest.mark.parametrize("outage", [SHORT, LONG])
def test_orders_placed_without_a_broker_are_paid_when_it_is_back(
    tree: Tree, outage: tuple[int, int], record_recovery: NoteRecovery
) -> None:
    with tree.without("broker"):
        sales, lasted, back_at = _buy_meanwhile(tree, 8, lasts=_some(outage))

    seconds = tree.wait_paid(sales, since=back_at)
    _assert_nobody_waited(sales)
    record_recovery(f"F5 {lasted:.0f} s", seconds, bound=_bound(lasted))
    assert tree.violations() == []


def test_span_of_a_failed_publish_is_ended_and_nobody_joins_it(tree: Tree) -> None:
    with tree.without("broker"):
        [sale] = tree.customers.buy(at_once=1)
        [next_one] = tree.customers.buy(at_once=1)
    tree.wait_paid([sale, next_one], within=15)

    spans = eventually(lambda: _whole(tree, sale), seconds=20)
    assert PUBLISHED in {span.name for span in spans if span.status == "STATUS_CODE_ERROR"}
    assert [span.name for span in spans].count("POST /checkout") == 1
    assert tree.trace_id(sale) != tree.trace_id(next_one)


def _whole(tree: Tree, sale: Sale) -> list[Span]:
    """Return an order's spans, [] while it is unpaid or a parent of one is missing."""
    spans = evidence.trace(tree.lens, tree.trace_id(sale))
    ids = {span.span_id for span in spans} | {""}
    is_whole = all(span.parent_id in ids for span in spans)
    return spans if is_whole and "process_payment" in {span.name for span in spans} else []


@pytest.mark.parametrize("outage", [SHORT, LONG] if is_thorough() else [SHORT])
def test_hanging_broker_makes_no_customer_wait(
    tree: Tree, outage: tuple[int, int], record_recovery: NoteRecovery
) -> None:
    with tree.hanging("broker"):
        sales, lasted, back_at = _buy_meanwhile(tree, ENOUGH, lasts=_some(outage))

    seconds = tree.wait_paid(sales, since=back_at)
    _assert_nobody_waited(sales)
    record_recovery(f"F6 {lasted:.0f} s", seconds, bound=_bound(lasted))
    assert tree.violations() == []


def test_broker_that_forgot_everything_costs_no_order(tree: Tree, record_recovery: NoteRecovery) -> None:
    with tree.hanging("worker-payments"):
        time.sleep(1.5)
        sales = tree.customers.buy(5)
        assert Broker(tree.places).waiting() == 5
        tree.kill(tree.pids("broker"))

    record_recovery("F7", tree.wait_paid(sales), bound=BOUNDS[LONG])
    tree.wait_paid(tree.customers.buy(), within=15)
    assert tree.violations() == []
