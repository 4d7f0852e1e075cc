"""F3, F8: a message may be lost or come many times; the row alone says what is to be done."""

import time

import pytest

from tests.faults.broker import Broker
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree
from webstore.demo.shopper import Wish

# The sweep waits ten seconds before it rings again.
BOUND_SECONDS = 15


@pytest.fixture
def broker(tree: Tree) -> Broker:
    return Broker(tree.places)


def test_order_whose_message_is_lost_is_paid_by_the_sweep(
    tree: Tree, broker: Broker, record_recovery: NoteRecovery
) -> None:
    with tree.hanging("worker-payments"):
        # What it has asked the broker for runs out.
        time.sleep(1.5)
        sales = tree.customers.buy()
        assert broker.lose_all() == 1

    record_recovery("F3", tree.wait_paid(sales), bound=BOUND_SECONDS)
    assert tree.violations() == []


def test_five_messages_at_once_charge_once(tree: Tree, broker: Broker) -> None:
    with tree.hanging("worker-payments"):
        [sale] = tree.customers.buy()
        broker.ring(tree.attempts(sale)[0].pk, times=5)

    tree.wait_paid([sale], within=15)
    assert (tree.charge_count(sale), tree.attempts(sale)[0].tries) == (1, 1)
    assert tree.violations() == []


def test_message_that_comes_again_during_the_charge_changes_nothing(tree: Tree, broker: Broker) -> None:
    with tree.provider.faulty("slow", seconds=3):
        [sale] = tree.customers.buy(wish=Wish())
        tree.wait_charging([sale])
        broker.ring(tree.attempts(sale)[0].pk, times=5)
        tree.wait_paid([sale], within=15)

    assert (tree.charge_count(sale), tree.attempts(sale)[0].tries) == (1, 1)
    assert tree.violations() == []
