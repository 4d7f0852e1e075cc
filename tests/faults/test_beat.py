"""F29: without beat the doorbell pays; three of them do nothing twice."""

from contextlib import ExitStack

from tests.faults.broker import Broker
from tests.faults.tree import Tree


def test_doorbell_pays_without_beat(tree: Tree) -> None:
    with tree.without("beat"):
        assert tree.wait_paid(tree.customers.buy(5), within=5) <= 5

    assert tree.violations() == []


def test_three_beats_do_nothing_twice(tree: Tree) -> None:
    schedules = [str(tree.places.runtime / f"beat-{number}") for number in (2, 3)]
    with ExitStack() as beats:
        for schedule in schedules:
            beats.enter_context(tree.one_more("beat", "--schedule", schedule))
        with tree.hanging("worker-payments"):
            sales = tree.customers.buy(10)
            Broker(tree.places).lose_all()
        tree.wait_paid(sales, within=15)

    assert [tree.charge_count(sale) for sale in sales] == [1] * 10
    assert [tree.attempts(sale)[0].tries for sale in sales] == [1] * 10
    assert tree.violations() == []
