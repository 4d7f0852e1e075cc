"""F30, in small: a few seconds in which everything breaks harm no order. `make chaos` takes ten minutes."""

from tests.faults.chaos.crowd import Size
from tests.faults.chaos.running import run
from tests.faults.chaos.telling import summary
from tests.faults.recovery import seed
from tests.faults.tree import Tree

# Without those that end only after many tries.
CARDS = {"tok_approve": 8, "tok_slow": 1, "tok_decline": 1}


def test_a_few_seconds_of_chaos_harm_no_order(tree: Tree) -> None:
    outcome = run(tree, Size(orders=20, seconds=20, seed=seed(), cards=CARDS), print)

    told = summary(tree, outcome)
    assert outcome.unmade == [], told
    assert outcome.verdict.violations == (), told
    assert len(outcome.seen.sales) == 20, told
    assert outcome.is_good, told
