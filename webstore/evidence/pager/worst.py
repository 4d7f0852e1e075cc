"""The worst moments behind an alert: the highest exemplars whose traces are alive, and what took so long."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webstore.evidence import tree
from webstore.evidence.audit import bucket_query
from webstore.evidence.client import BadAnswer, Exemplar, ReadSide
from webstore.evidence.critical_path import Reach, Share, critical_path, heaviest
from webstore.evidence.moments import duration_of
from webstore.evidence.steps import step_of
from webstore.evidence.tree import Node, Tree
from webstore.telemetry import contract

COUNT = 3
# Dead ones are passed over, but not for ever.
_MOST_ASKED = 12
_DEFAULT_WINDOW_SECONDS = 900.0
_LONGEST_WINDOW_SECONDS = 6 * 3_600.0
# What the newest measurement's clock may be ahead.
_AHEAD_SECONDS = 60.0
_NARROWER = 8
# A measurement is taken in its span, and its time is told in milliseconds.
_LATE_NS = 10**9
_LONGEST_QUERY = 1_000
# Neither seconds nor dollars are more; it leaves out infinity, and what is no number.
_LARGEST = 1e12

# It begins with a metric's name: whoever sends alerts cannot have everything read.
_SELECTOR = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\s*(\{.*\})?", re.DOTALL)
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_UNITS = {bucket_query(spec.name): spec.unit for spec in contract.HISTOGRAMS} | {
    bucket_query(name): "s" for name in (contract.HTTP_SERVER_DURATION, contract.HTTP_CLIENT_DURATION)
}


@dataclass(frozen=True)
class Moment:
    """One measured value, and where its time went if the trace could be read."""

    value: float
    unit: str
    """"" for one that the contract doesn't know."""
    trace_id: str = ""
    spent_seconds: float = 0.0
    step: str = ""
    service: str = ""
    queue: str | None = None
    """The queue that it waited in most, "" for one without a name."""


@dataclass(frozen=True)
class Question:
    """What an alert says to ask for."""

    query: str
    window_seconds: float


def question_of(annotations: dict[str, str]) -> Question | None:
    """Return what to ask for; None when the alert has no histogram behind it."""
    query = annotations.get("exemplar_query", "").strip()
    if len(query) > _LONGEST_QUERY or not _SELECTOR.fullmatch(query):
        return None
    try:
        window = duration_of(annotations.get("exemplar_window", ""))
    except ValueError:
        window = _DEFAULT_WINDOW_SECONDS
    return Question(query, min(max(window, 10.0), _LONGEST_WINDOW_SECONDS))


def moments(read_side: ReadSide, question: Question) -> Iterator[Moment]:
    """Yield the worst, highest first: only its value as soon as that is known, then those whose trace lives.

    Raises ReadSideError when nobody answers; what was yielded stands.
    """
    highest = _one_of_each_trace(_exemplars(read_side, question))
    if highest:
        yield Moment(highest[0].value, _unit(highest[0]))
    alive_count = 0
    for exemplar in highest[:_MOST_ASKED]:
        try:
            spans = read_side.trace(exemplar.trace_id)
        except BadAnswer:
            # Too large, or only a part of it: another one may tell more.
            continue
        built = tree.build(spans)
        node = next((node for node in built.nodes if node.span.span_id == exemplar.span_id), None)
        if node is None:
            continue
        yield _moment(exemplar, built, node)
        alive_count += 1
        if alive_count == COUNT:
            return


def _exemplars(read_side: ReadSide, question: Question) -> list[Exemplar]:
    now = time.time()
    end, window = now + _AHEAD_SECONDS, question.window_seconds
    try:
        return read_side.exemplars(question.query, start=now - window, end=end)
    except BadAnswer:
        # Perhaps too many for one answer: then the newest will do.
        return read_side.exemplars(question.query, start=now - window / _NARROWER, end=end)


def _one_of_each_trace(exemplars: Iterable[Exemplar]) -> list[Exemplar]:
    """Return the highest exemplar of each trace, highest first."""
    by_trace: dict[str, Exemplar] = {}
    for exemplar in exemplars:
        # What is no id opens nothing, and has no place in an address.
        if not _TRACE_ID.fullmatch(exemplar.trace_id) or not _is_usable(exemplar):
            continue
        known = by_trace.get(exemplar.trace_id)
        if known is None or exemplar.value > known.value:
            by_trace[exemplar.trace_id] = exemplar
    return sorted(by_trace.values(), key=lambda exemplar: exemplar.value, reverse=True)


def _is_usable(exemplar: Exemplar) -> bool:
    return abs(exemplar.value) < _LARGEST and 0 <= exemplar.at < _LARGEST


def _unit(exemplar: Exemplar) -> str:
    return _UNITS.get(exemplar.metric, "")


def _moment(exemplar: Exemplar, built: Tree, node: Node) -> Moment:
    share = _heaviest(exemplar, built, node)
    unit = _unit(exemplar)
    if share is None:
        return Moment(exemplar.value, unit, exemplar.trace_id)
    seconds = share.total_ns / 1e9
    spender = share.part.node
    if spender is None:
        return Moment(exemplar.value, unit, exemplar.trace_id, seconds, queue=share.part.queue)
    step = step_of(built, spender)
    return Moment(exemplar.value, unit, exemplar.trace_id, seconds, step, spender.span.service)


def _heaviest(exemplar: Exemplar, built: Tree, node: Node) -> Share | None:
    """Return what took most of the measured time; where that is not known, most of the span's."""
    began, ended = node.span.start_ns, node.span.start_ns + node.span.duration_ns
    at = round(exemplar.at * 1e9)
    if _unit(exemplar) == "s" and began <= at <= ended + _LATE_NS:
        # A time to paid began long before the span it was measured in.
        began, ended = at - round(exemplar.value * 1e9), min(at, ended)
    return heaviest(critical_path(built, Reach(within=node, since_ns=began, until_ns=ended)))
