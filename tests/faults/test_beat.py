"""F29: without beat the doorbell pays; three of them do nothing twice."""

import time
from contextlib import ExitStack

from tests.faults.broker import Broker
from tests.faults.tree import Tree


def test_doorbell_pays_without_beat(tree: Tree) -> None:
    with tree.without("beat"):
        tree.wait_paid(tree.customers.buy(5), within=5)

    assert tree.violations() == []


def test_three_beats_do_nothing_twice(tree: Tree) -> None:
    schedules = [str(tree.places.runtime / f"beat-{number}") for number in (2, 3)]
    with ExitStack() as beats:
        more = [beats.enter_context(tree.one_more("beat", "--schedule", schedule)) for schedule in schedules]
        with tree.hanging("worker-payments"):
            # What it has asked the broker for runs out.
            time.sleep(1.5)
            sales = tree.customers.buy(10)
            # The sweep may have rung meanwhile, too.
            assert Broker(tree.places).lose_all() >= 10
        tree.wait_paid(sales, within=15)
        assert [beat.poll() for beat in more] == [None, None]

    assert [tree.charge_count(sale) for sale in sales] == [1] * 10
    assert [tree.attempts(sale)[0].tries for sale in sales] == [1] * 10
    assert tree.violations() == []
