"""Which runs of chaos are good: those that prove something."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.chaos.crowd import Seen, Size
from tests.faults.chaos.running import MANY_ORDERS, Outcome
from tests.faults.judge import Verdict

GOOD = Outcome(
    size=Size(orders=MANY_ORDERS, seconds=300, seed=1),
    seen=Seen(),
    faults=Counter(),
    planned_count=0,
    unmade=(),
    settled_seconds=0,
    verdict=Verdict((), {}, settled=True),
    dots={"alive": 3},
    cancelled_count=40,
    refund_count=50,
)


@pytest.mark.parametrize(
    "change", [{"cancelled_count": 0}, {"refund_count": 0}, {"verdict": Verdict((), {}, settled=False)}]
)
def test_run_is_bad_that_proves_little(change: dict[str, Any]) -> None:
    assert GOOD.is_good
    assert not replace(GOOD, **change).is_good


def test_short_run_need_not_have_refunds() -> None:
    assert replace(GOOD, size=replace(GOOD.size, orders=20), refund_count=0).is_good
