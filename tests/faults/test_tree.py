"""The harness itself: what it says is broken is broken, and whole afterwards."""

from tests.faults.tree import Tree


def test_customers_are_shown_what_the_judge_finds(tree: Tree) -> None:
    sales = tree.customers.buy(3)

    tree.wait_paid(sales, within=15)

    assert [tree.status(sale.number) for sale in sales] == ["paid"] * 3
    assert tree.violations() == []


def test_dead_program_comes_back(tree: Tree) -> None:
    before = tree.pids("worker-default")
    tree.kill(before)

    tree.mend()

    assert not set(before) & set(tree.pids("worker-default"))
    tree.wait_paid(tree.customers.buy(), within=15)
