"""What telling is worth: how much is kept, which dots are alive, and whether the worst is among them."""

import sqlite3
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.bench import truth
from tests.bench.cost import LIST
from tests.bench.load import Load, Order
from tests.bench.shops import Shop
from tests.e2e import evidence
from tests.e2e.evidence import Dot

METRIC = "http_server_request_duration_bucket"
# In an interval with fewer requests nothing is proved: the load had just begun, or just ended.
_LEAST_REQUESTS = 100


@dataclass(frozen=True)
class Pass:
    """A stretch of steady load on the product list of one arm."""

    arm: str
    count: int
    seconds: float
    began_ns: int
    ended_ns: int


@dataclass(frozen=True)
class Kept:
    """How many of a pass's requests have a trace, and how many of these for their exemplar alone."""

    traces: int
    for_exemplars: int


@dataclass(frozen=True)
class Dots:
    """What became of one arm's exemplars on all pages."""

    all: int
    dead: int
    intervals: int
    found: int


def steady(shop: Shop, load: Load, *, seconds: float, per_second: float = 0.0) -> Pass:
    began = time.time_ns()
    done = load.run(Order(shop.port, LIST, seconds, per_second=per_second))
    return Pass(shop.arm, done.count, done.seconds, began, time.time_ns())


def kept(lens_file: Path, done: Pass) -> Kept:
    """Count the server spans of the pass that the lens has."""
    sql = """
        SELECT count(*), coalesce(sum(json_extract(attributes, '$."webstore.kept"') = 'exemplar'), 0)
        FROM spans JOIN resources ON resources.id = spans.resource_id
        WHERE kind = 2 AND instance LIKE ? AND start_ns BETWEEN ? AND ?
    """
    with closing(sqlite3.connect(f"file:{lens_file}?mode=ro", uri=True, timeout=10)) as db:
        return Kept(*db.execute(sql, (f"{done.arm}/%", done.began_ns, done.ended_ns)).fetchone())


def judge(lens: str, shop: Shop) -> Dots:
    """Look for the span of every exemplar, and for every interval's slowest request among the living."""
    dots = [dot for dot in evidence.dots(lens, METRIC) if dot.labels["instance"].startswith(f"{shop.arm}/")]
    living = [dot for dot in dots if dot.span_id in _span_ids(lens, dot.trace_id)]
    worsts = {
        interval.trace_id: interval.worst_seconds
        for interval in truth.read(shop.truth, LIST.lstrip("/"), least=_LEAST_REQUESTS)
    }
    return Dots(len(dots), len(dots) - len(living), len(worsts), _found(worsts, living))


@cache
def _span_ids(lens: str, trace_id: str) -> frozenset[str]:
    return frozenset(span.span_id for span in evidence.trace(lens, trace_id))


def _found(worsts: dict[str, float], living: Collection[Dot]) -> int:
    shown = {(dot.trace_id, dot.value) for dot in living}
    return sum((trace_id, worst) in shown for trace_id, worst in worsts.items())
