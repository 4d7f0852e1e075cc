"""The tables and the goals of `make bench-telemetry`."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench import arms
from tests.bench.cost import LIST, TRIVIAL, Costs
from tests.bench.dots import Dots, Kept, Pass
from webstore.telemetry.budget import SAVED_SECONDS

_WORKERS = 2
_BUDGET_PER_SECOND = 2.0
_COSTLY_PAGE_MICROS = 3_000


@dataclass(frozen=True)
class Result:
    costs: Costs
    steady: Mapping[str, Pass]
    kept: Mapping[str, Kept]
    slow: Pass
    slow_kept: Kept
    dots: Mapping[str, Dots]
    eager: Dots


@dataclass(frozen=True)
class Goal:
    words: str
    found: str
    is_met: bool


def tell(result: Result) -> int:
    """Print everything; return 1 when a goal was missed."""
    for page in (LIST, TRIVIAL):
        _tell_costs(result.costs, page)
    _tell_worth(result)
    goals = _goals(result)
    print("goals")
    for goal in goals:
        print(f"  {'pass' if goal.is_met else 'MISS'}  {goal.words:<62} {goal.found}")
    return 0 if all(goal.is_met for goal in goals) else 1


def _tell_costs(costs: Costs, page: str) -> None:
    cpu = costs.cpu_micros(arms.NONE, page)
    print(f"{page}: {cpu:.0f} µs of CPU per request without telemetry; medians (quartiles) of paired rounds")
    print(f"  {'':<36}{'requests/s ÷ none':<22}{'CPU ÷ none':<22}{'CPU added, µs':<22}")
    for arm, words in arms.TOLD.items():
        speed = costs.speed_ratio(arm, page, arms.NONE).told(2)
        ratio = costs.cpu_ratio(arm, page, arms.NONE).told(2)
        added = costs.added_micros(arm, page, arms.NONE).told(0)
        print(f"  {words:<36}{speed:<22}{ratio:<22}{added:<22}")
    print()


def _tell_worth(result: Result) -> None:
    print(f"{LIST}, steady load")
    print(f"  {'':<36}{'requests/s':>11}{'kept':>8}{'exemplars':>11}{'dead':>6}{'true worst found':>20}")
    for arm, done in result.steady.items():
        dots, share = result.dots[arm], result.kept[arm].traces / done.count
        found = f"{dots.found} of {dots.intervals}"
        speed = done.count / done.seconds
        print(f"  {arms.TOLD[arm]:<36}{speed:>11.0f}{share:>8.1%}{dots.all:>11}{dots.dead:>6}{found:>20}")
    print()


def _goals(result: Result) -> list[Goal]:
    costs = result.costs
    ours = costs.added_micros(arms.OURS, LIST, arms.NONE).middle
    stock = costs.added_micros(arms.DJANGO, TRIVIAL, arms.NONE).middle
    everything = costs.added_micros(arms.ALL, LIST, arms.NONE).middle
    speed = costs.speed_ratio(arms.OURS, LIST, arms.NONE).middle
    is_costly = costs.cpu_micros(arms.NONE, LIST) >= _COSTLY_PAGE_MICROS
    return [
        Goal(
            "CPU added on the list ÷ stock Django alone, trivial view: ≤ 1.0",
            f"{ours / stock:.2f} (everything exported: {everything / stock:.2f})",
            ours <= stock,
        ),
        Goal(
            "requests/s ours ÷ none on the list: ≥ 0.93",
            f"{speed:.2f}" + ("" if is_costly else " (the page costs less than 3 ms: no goal)"),
            speed >= 0.93 or not is_costly,
        ),
        *_goals_of_keeping(result),
        *_goals_of_dots(result),
    ]


def _goals_of_keeping(result: Result) -> list[Goal]:
    full = result.kept[arms.OURS].traces / result.steady[arms.OURS].count
    slow, kept = result.slow, result.slow_kept
    saved = _BUDGET_PER_SECOND * SAVED_SECONDS
    most = _WORKERS * (saved + _BUDGET_PER_SECOND * slow.seconds)
    share = kept.traces / slow.count
    found = f"{share:.1%}; {kept.for_exemplars} of {slow.count} for exemplars, budget {most:.0f}"
    return [
        Goal("kept at full load: ≤ 12 %", f"{full:.1%}", full <= 0.12),
        Goal("kept at 20 requests/s: ratio + budget", found, kept.for_exemplars <= most),
    ]


def _goals_of_dots(result: Result) -> list[Goal]:
    ours = result.dots[arms.OURS]
    checked, dead = ours.all + result.eager.all, ours.dead + result.eager.dead
    found = ours.found / ours.intervals if ours.intervals else 0.0
    return [
        Goal("dead exemplars: 0 of ≥ 1 000", f"{dead} of {checked}", dead == 0 and checked >= 1_000),
        Goal("the interval's true worst is alive: ≥ 95 %", f"{found:.0%} of {ours.intervals}", found >= 0.95),
    ]
