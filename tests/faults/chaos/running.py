"""One run of chaos: shoppers and faults at once, then the judge over all that is left."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.chaos.afterwards import Clerk
from tests.faults.chaos.breaking import break_it
from tests.faults.chaos.crowd import Seen, Size, shop
from tests.faults.chaos.plan import Fault, plan
from tests.faults.judge import Verdict
from tests.faults.managing import manage
from tests.faults.tree import Tree

# After the last fault: five tries of one payment, each up to its lease and a sweep, and the waits between.
SETTLE_SECONDS = 180
# What is younger is left out by the audit: its spans may still be on their way.
_SPANS_SECONDS = 12
_AUDIT_SECONDS = 600

# Of so many some are cancelled and some paid back, whatever the seed.
MANY_ORDERS = 500

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """All that is known when everything is quiet again."""

    size: Size
    seen: Seen
    # What did happen; `planned_count` has those, too, for which nobody was there.
    faults: Counter[str]
    planned_count: int
    # What went wrong in making a fault: a run without its faults proves nothing.
    unmade: Sequence[str]
    settled_seconds: float
    verdict: Verdict
    dots: dict[str, int]
    # What people did with their orders afterwards: this breaks nothing unless somebody does it.
    cancelled_count: int
    refund_count: int

    @property
    def dead_dots(self) -> int:
        return sum(count for state, count in self.dots.items() if state != "alive")

    @property
    def missing(self) -> list[str]:
        """Return what nobody did in a run of which some must do it."""
        counts = {"cancelled orders": self.cancelled_count, "refunds": self.refund_count}
        is_long = self.size.orders >= MANY_ORDERS
        return [what for what, count in counts.items() if is_long and not count]

    @property
    def is_good(self) -> bool:
        is_whole = not (self.unmade or self.seen.given_up_count or self.seen.refused_count or self.missing)
        is_right = self.verdict.settled and not self.verdict.violations
        return is_whole and is_right and not self.dead_dots


def run(tree: Tree, size: Size, say: Say) -> Outcome:
    """Let shoppers buy while things break; mend all, wait until it is quiet, and judge."""
    began_at = time.time()
    faults = plan(size.seed, seconds=size.seconds)
    breaker = Breaker(tree, faults, say)
    clerk = Clerk(tree, size.seed)
    breaker.start()
    clerk.start()
    seen = shop(tree.customers, size)
    breaker.join()
    clerk.end()
    tree.mend()
    began = time.monotonic()
    verdict = tree.verify(settle_seconds=SETTLE_SECONDS)
    settled_seconds = time.monotonic() - began
    return Outcome(
        size,
        seen,
        breaker.made,
        len(faults),
        breaker.unmade,
        settled_seconds,
        verdict,
        _dots(tree, began_at),
        cancelled_count=_count(tree, "orders_order WHERE status = 'cancelled'"),
        refund_count=_count(tree, "payments_refund WHERE state = 'succeeded'"),
    )


def _count(tree: Tree, rows: str) -> int:
    [(count,)] = tree.rows(f"SELECT COUNT(*) FROM {rows}")  # noqa: S608 - tables of ours
    return int(count)


class Breaker(threading.Thread):
    """Makes one fault after the other; those that last overlap."""

    def __init__(self, tree: Tree, faults: Sequence[Fault], say: Say) -> None:
        super().__init__(name="breaker", daemon=True)
        self.made: Counter[str] = Counter()
        self.unmade: list[str] = []
        self._tree, self._faults, self._say = tree, faults, say
        self._lock = threading.Lock()

    def run(self) -> None:
        began = time.monotonic()
        lasting: list[threading.Thread] = []
        for fault in self._faults:
            time.sleep(max(0.0, began + fault.at - time.monotonic()))
            lasts = f" for {fault.seconds:.1f} s" if fault.seconds else ""
            self._say(f"{fault.at:6.1f} s  {fault.kind}{lasts}")
            lasting.append(threading.Thread(target=self._make, args=(fault,), daemon=True))
            lasting[-1].start()
        for thread in lasting:
            thread.join()

    def _make(self, fault: Fault) -> None:
        try:
            is_made = break_it(self._tree, fault)
        except Exception as error:  # noqa: BLE001 - told at the end; the other faults go on
            self.unmade.append(f"{fault.kind} at {fault.at:.1f} s: {type(error).__name__}: {error}")
        else:
            with self._lock:
                self.made[fault.kind] += is_made


def _dots(tree: Tree, began_at: float) -> dict[str, int]:
    """Return how many exemplars of this run are in which state, by the audit."""
    time.sleep(_SPANS_SECONDS)
    arguments = ("audit", "--json", "--start", str(began_at))
    done = manage(tree.environment(), *arguments, timeout_seconds=_AUDIT_SECONDS)
    # Dead dots are no reason to tell nothing.
    if not done.stdout:
        raise RuntimeError(f"no audit: {done.stderr}")
    return dict(json.loads(done.stdout)["exemplars"])
