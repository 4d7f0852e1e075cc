"""F4: a worker that is asked to stop during a long charge gives back what it has."""

import time

from tests.faults.broker import Broker
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree

CHARGE_SECONDS = 7.5
# How long the supervisor waits before it kills: see webstore/demo/programs.py.
GRACE_SECONDS = 3


def test_charge_cut_short_by_a_stop_is_given_back_and_paid_once(
    tree: Tree, record_recovery: NoteRecovery
) -> None:
    broker = Broker(tree.places)
    broker.forget_held()
    with tree.provider.faulty("slow", seconds=CHARGE_SECONDS):
        sales = tree.customers.buy(2)
        tree.wait_charging(sales)
        assert broker.held() == 2
        began = time.monotonic()
        with tree.without("worker-payments"):
            assert time.monotonic() - began <= GRACE_SECONDS
            assert (broker.held(), broker.waiting()) == (0, 2)
        record_recovery("F4", tree.wait_paid(sales, since=began), bound=15)

    assert [tree.charge_count(sale) for sale in sales] == [1, 1]
    assert tree.violations() == []
