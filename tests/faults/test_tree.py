"""The harness itself: what it says is broken is broken, and whole afterwards."""

from contextlib import suppress

import requests

from tests.e2e.evidence import eventually
from tests.faults.tree import Tree


def test_customers_are_shown_what_the_judge_finds(tree: Tree) -> None:
    sales = tree.customers.buy(3)

    tree.wait_paid(sales, within=15)

    assert [tree.status(sale.number) for sale in sales] == ["paid"] * 3
    assert tree.violations() == []


def test_dead_program_comes_back(tree: Tree) -> None:
    before = tree.pids("web")
    assert before
    tree.kill(before)

    tree.mend()

    # Its new main process, not one that is on its way out; and it answers.
    assert eventually(lambda: _is_another(tree, before[0]))
    assert eventually(lambda: _answers(tree))
    tree.wait_paid(tree.customers.buy(), within=15)


def _is_another(tree: Tree, pid: int) -> bool:
    return tree.pids("web")[:1] not in ([], [pid])


def _answers(tree: Tree) -> bool:
    with suppress(requests.ConnectionError):
        return requests.get(f"{tree.shop}/readyz", timeout=10).ok
    return False
