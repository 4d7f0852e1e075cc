"""What breaks when, in a run of chaos."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from tests.faults.chaos.breaking import BREAKING
from tests.faults.chaos.plan import KINDS, Fault, plan

TEN_MINUTES = 600

SEEDS = some.integers(min_value=0, max_value=10**6)


def test_same_seed_same_faults() -> None:
    assert plan(7, seconds=60) == plan(7, seconds=60)
    assert plan(7, seconds=60) != plan(8, seconds=60)


def test_longer_run_begins_like_a_shorter_one() -> None:
    short, long = plan(7, seconds=60), plan(7, seconds=120)

    # The last ones are cut short by the end.
    assert long[: len(short) - 4] == short[:-4]


@given(SEEDS)
def test_fault_comes_every_two_to_five_seconds(seed: int) -> None:
    pauses = [later.at - earlier.at for earlier, later in pairwise(plan(seed, seconds=TEN_MINUTES))]

    assert 2 <= min(pauses) <= max(pauses) <= 5


@given(SEEDS)
def test_one_thing_breaks_once_at_a_time_and_is_whole_at_the_end(seed: int) -> None:
    by_thing: dict[str, list[Fault]] = defaultdict(list)
    for fault in plan(seed, seconds=TEN_MINUTES):
        by_thing[KINDS[fault.kind].thing].append(fault)

    for faults in by_thing.values():
        assert all(earlier.at + earlier.seconds <= later.at for earlier, later in pairwise(faults))
        assert faults[-1].at + faults[-1].seconds <= TEN_MINUTES


def test_ten_minutes_hold_every_kind_of_fault() -> None:
    told = {fault.kind for seed in (1, 2, 3) for fault in plan(seed, seconds=TEN_MINUTES)}

    assert told == set(KINDS) == set(BREAKING)
