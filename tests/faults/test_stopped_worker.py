"""F4: a worker that is asked to stop during a long charge loses nothing, and stops in time."""

import time

from tests.faults.broker import Broker
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree

CHARGE_SECONDS = 7.5
# How long the demo's supervisor waits before it kills: see webstore/demo/programs.py.
SHORT_GRACE_SECONDS = 3
# WORKER_SOFT_SHUTDOWN_SECONDS as it is by default, and what a child's end takes.
LONG_SOFT_SECONDS, LONG_GRACE_SECONDS = 9, 12


def test_charge_cut_short_by_a_stop_is_given_back_and_paid_once(
    tree: Tree, record_recovery: NoteRecovery
) -> None:
    broker = Broker(tree.places)
    broker.forget_held()
    with tree.provider.faulty("slow", seconds=CHARGE_SECONDS):
        sales = tree.customers.buy(2)
        tree.wait_charging(sales)
        began = time.monotonic()
        with tree.without("worker-payments"):
            assert time.monotonic() - began <= SHORT_GRACE_SECONDS
            assert (broker.held(), broker.waiting()) == (0, 2)

    record_recovery("F4", tree.wait_paid(sales, since=began), bound=15)
    assert [tree.charge_count(sale) for sale in sales] == [1, 1]
    assert tree.violations() == []


def test_long_charge_ends_well_where_a_stop_has_time(tree: Tree) -> None:
    own = {"WORKER_SOFT_SHUTDOWN_SECONDS": str(LONG_SOFT_SECONDS)}
    with tree.without("worker-payments"), tree.one_more("worker-payments", **own) as patient:
        with tree.provider.faulty("slow", seconds=CHARGE_SECONDS):
            [sale] = tree.customers.buy()
            tree.wait_charging([sale])
            patient.terminate()
            assert patient.wait(LONG_GRACE_SECONDS) == 0

        assert tree.status(sale.number) == "paid"
    assert (tree.charge_count(sale), tree.attempts(sale)[0].tries) == (1, 1)
    assert tree.violations() == []
