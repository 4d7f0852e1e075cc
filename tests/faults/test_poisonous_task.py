"""F9: an order that kills whoever charges it ends with a person, and holds nobody up."""

import time

from tests.e2e.evidence import eventually
from tests.faults.recovery import NoteRecovery
from tests.faults.tree import Tree

TRIES = 5
# Of each try the lease must run out, and a sweep come by.
REVIEW_SECONDS = TRIES * 15


def test_order_that_kills_every_child_is_reviewed_and_the_others_flow(
    tree: Tree, record_recovery: NoteRecovery
) -> None:
    with tree.hanging("worker-payments"):
        [poison] = tree.customers.buy()
        tree.wish(f"poison-{poison.number}")
        began = time.monotonic()
    others = [sale for _ in range(4) for sale in tree.customers.buy(3)]

    record_recovery("F9 the others", tree.wait_paid(others), bound=15)
    assert eventually(lambda: tree.attempts(poison)[-1].state == "review", seconds=REVIEW_SECONDS)
    record_recovery("F9 in review", time.monotonic() - began, bound=REVIEW_SECONDS)
    assert tree.attempts(poison)[-1].tries == TRIES
    assert tree.charge_count(poison) == 0
    assert tree.violations() == []
