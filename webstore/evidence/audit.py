"""Does every dot open its trace? Asks for the trace of each exemplar and looks for the span it names."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webstore.evidence.client import Exemplar, ReadSide, ReadSideError, Unreachable
from webstore.telemetry import contract

# What an exemplar may turn out to be, the good one first.
STATES = (contract.ALIVE, contract.SPAN_MISSING, contract.TRACE_MISSING)

# Each costs a whole time limit; who is silent so often will not say much more.
_MOST_SILENCES = 3
_TRACE_ID = re.compile(r"[0-9a-f]{1,32}")


@dataclass(frozen=True)
class Scope:
    """What to audit: queries, a time range in Unix seconds, and how much work it may be."""

    queries: tuple[str, ...]
    start: float
    end: float
    most_traces: int
    most_seconds: float = float("inf")


@dataclass(frozen=True)
class Finding:
    exemplar: Exemplar
    state: str


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...]
    """Newest first."""
    trace_count: int
    """How many traces were asked for."""
    unchecked_count: int
    """Exemplars left out: of older traces than the limits allow, or of traces that could not be read."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many exemplars are in each state, 0 too."""
        counted = Counter(finding.state for finding in self.findings)
        return {state: counted[state] for state in STATES}

    @property
    def dead(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.state != contract.ALIVE)


def bucket_query(metric: str) -> str:
    """Return the query for a histogram's exemplars, by its OpenTelemetry name."""
    return f"{re.sub('[^a-zA-Z0-9_]', '_', metric)}_bucket"


ALL_HISTOGRAMS = tuple(bucket_query(name) for name in contract.HISTOGRAM_NAMES)


def audit(read_side: ReadSide, scope: Scope) -> Report:
    """Check the exemplars of a scope, newest trace first, each trace once.

    Raises ReadSideError when there are exemplars, and not one could be checked for it.
    """
    give_up_at = time.monotonic() + scope.most_seconds
    by_trace = _by_trace(_exemplars(read_side, scope, give_up_at))
    findings: list[Finding] = []
    unread: list[ReadSideError] = []
    trace_count = 0
    for trace_id, exemplars in by_trace.items():
        if trace_count >= scope.most_traces or time.monotonic() > give_up_at or _is_silent(unread):
            break
        trace_count += 1
        try:
            findings += _findings(read_side, trace_id, exemplars)
        except ReadSideError as reason:
            unread.append(reason)
    if unread and not findings:
        raise unread[0]
    exemplar_count = sum(len(exemplars) for exemplars in by_trace.values())
    return Report(tuple(findings), trace_count, exemplar_count - len(findings))


def _is_silent(unread: Iterable[ReadSideError]) -> bool:
    return sum(isinstance(reason, Unreachable) for reason in unread) >= _MOST_SILENCES


def _exemplars(read_side: ReadSide, scope: Scope, give_up_at: float) -> list[Exemplar]:
    """Return all exemplars of a scope, newest first; Unreachable when that takes too long."""
    found: list[Exemplar] = []
    for query in scope.queries:
        found += read_side.exemplars(query, start=scope.start, end=scope.end)
        if time.monotonic() > give_up_at:
            raise Unreachable("the read side is too slow: no time is left to ask for traces")
    return sorted(found, key=lambda exemplar: exemplar.at, reverse=True)


def _by_trace(exemplars: Iterable[Exemplar]) -> dict[str, list[Exemplar]]:
    """Return exemplars by trace id, in the order in which the traces come first."""
    by_trace: dict[str, list[Exemplar]] = {}
    for exemplar in exemplars:
        by_trace.setdefault(exemplar.trace_id, []).append(exemplar)
    return by_trace


def _findings(read_side: ReadSide, trace_id: str, exemplars: list[Exemplar]) -> Iterator[Finding]:
    # What is no id opens nothing, and has no place in an address.
    spans = read_side.trace(trace_id) if _TRACE_ID.fullmatch(trace_id) else ()
    span_ids = {span.span_id for span in spans}
    for exemplar in exemplars:
        yield Finding(exemplar, _state(exemplar, span_ids))


def _state(exemplar: Exemplar, span_ids: set[str]) -> str:
    if not span_ids:
        return contract.TRACE_MISSING
    return contract.ALIVE if exemplar.span_id in span_ids else contract.SPAN_MISSING
