"""`make bench-telemetry`: what telemetry costs and what it is worth, side by side in one run.

Real gunicorn workers against a real lens, once per way of telling; see arms.py. The machine's
mood cancels out, because everything is compared within short rounds; Linux only (/proc).
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench import arms, cost, dots, report
from tests.bench.load import Load
from tests.bench.report import Result
from tests.bench.shops import running_shops

# The last spans leave after 1 s, and their exemplars with the next metrics after 15 s.
_SETTLE_SECONDS = 20
_SLOW_PER_SECOND = 20.0
_TOLD_BY = (arms.HEAD, arms.ALL, arms.OURS)


@dataclass(frozen=True)
class Plan:
    """How long to look."""

    rounds: int
    round_seconds: float
    steady_seconds: float
    slow_seconds: float
    eager_seconds: float


WHOLE = Plan(rounds=30, round_seconds=1.0, steady_seconds=90, slow_seconds=30, eager_seconds=60)
QUICK = Plan(rounds=3, round_seconds=0.4, steady_seconds=16, slow_seconds=3, eager_seconds=5)


def main() -> int:
    options = argparse.ArgumentParser(description="Measure what telemetry costs and what it is worth.")
    options.add_argument("--quick", action="store_true", help="two minutes; proves little")
    plan = QUICK if options.parse_args().quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="webstore-bench-") as folder, Load() as load:
        result = _run(Path(folder), load, plan)
    return report.tell(result)


def _run(folder: Path, load: Load, plan: Plan) -> Result:
    with running_shops(folder, [*arms.TOLD, arms.EAGER]) as (lens, shops):
        eager = shops.pop(arms.EAGER)
        costs = cost.measure(shops, load, rounds=plan.rounds, seconds=plan.round_seconds)
        steady = {arm: dots.steady(shops[arm], load, seconds=plan.steady_seconds) for arm in _TOLD_BY}
        slow = dots.steady(shops[arms.OURS], load, seconds=plan.slow_seconds, per_second=_SLOW_PER_SECOND)
        dots.steady(eager, load, seconds=plan.eager_seconds)
        time.sleep(_SETTLE_SECONDS)
        return Result(
            costs=costs,
            steady=steady,
            kept={arm: dots.kept(lens.file, done) for arm, done in steady.items()},
            slow=slow,
            slow_kept=dots.kept(lens.file, slow),
            dots={arm: dots.judge(lens.pages_url, shops[arm]) for arm in _TOLD_BY},
            eager=dots.judge(lens.pages_url, eager),
        )


if __name__ == "__main__":
    sys.exit(main())
