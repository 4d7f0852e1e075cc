"""Which measurement speaks for its bucket, and when it may be published.

The worst speaks: per series, bucket and interval the largest value becomes an exemplar. Being
chosen keeps its trace. It is published only after the span it names has reached the sink, and
repeated until the sink has taken the metric too; repeats are ignored downstream.
"""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import Exemplar, ExemplarReservoir
from opentelemetry.util.types import Attributes

from webstore.telemetry import contract
from webstore.telemetry.sampling import LocalTraces
from webstore.telemetry.tally import Tally

# Below the highest bucket a newcomer must beat the candidate by this much: otherwise nearly
# every value is chosen once, and its trace kept.
LEAD = 1.2
# After this an unacknowledged span is taken for lost.
MAX_WAIT_SECONDS = 60.0
# Prometheus takes exemplars ten minutes late; older ones would be refused for ever.
MAX_REPEAT_SECONDS = 600.0
MAX_WAITING = 4_096
_MILLISECOND_NS = 1_000_000


@dataclass(slots=True, eq=False)
class Candidate:
    """A chosen measurement on its way to the sink."""

    bucket: int
    value: float
    time_ns: int
    trace_id: int
    span_id: int
    chosen_at: float = 0.0
    is_acked: bool = False
    is_over: bool = False
    exemplar: Exemplar | None = None


class Waiting:
    """The chosen measurements of a whole process, from choice to delivery. Bounded."""

    def __init__(self, tally: Tally, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tally = tally
        self._clock = clock
        self._lock = threading.Lock()
        self._unacked: dict[int, list[Candidate]] = defaultdict(list)
        self._in_flight: dict[int, Candidate] = {}
        self._count = 0

    def has_room(self) -> bool:
        return self._count < MAX_WAITING

    def add(self, candidate: Candidate) -> None:
        candidate.chosen_at = self._clock()
        with self._lock:
            self._count += 1
            self._unacked[candidate.span_id].append(candidate)
        self._tally.add(contract.EXEMPLARS, contract.SELECTED)

    def acknowledge(self, span_ids: Iterable[int]) -> None:
        """Note that the sink has these spans."""
        with self._lock:
            for span_id in span_ids:
                for candidate in self._unacked.pop(span_id, ()):
                    candidate.is_acked = True

    def departing(self, candidate: Candidate, exemplar: Exemplar) -> None:
        """Note that `exemplar` is part of the metrics being sent now."""
        with self._lock:
            self._in_flight.pop(id(candidate.exemplar), None)
            candidate.exemplar = exemplar
            self._in_flight[id(exemplar)] = candidate

    def delivered(self, exemplars: Iterable[Exemplar]) -> None:
        """Note that the sink has these exemplars."""
        ended = self._end(exemplars)
        self._tally.add(contract.EXEMPLARS, contract.PUBLISHED, ended)

    def refused(self, exemplars: Iterable[Exemplar]) -> None:
        """Give up exemplars whose metric the sink will never take."""
        self._count_withheld(contract.SINK_REFUSED, self._end(exemplars))

    def _end(self, exemplars: Iterable[Exemplar]) -> int:
        """Return how many of them were still waiting."""
        ended = 0
        with self._lock:
            for exemplar in exemplars:
                candidate = self._in_flight.pop(id(exemplar), None)
                # A flush collects beside the reader: the same candidate may be under way twice.
                if candidate is not None and not candidate.is_over:
                    candidate.is_over = True
                    ended += 1
            self._count -= ended
        return ended

    def withhold_if_late(self, candidate: Candidate) -> bool:
        """Give up a candidate that has waited for too long; return whether it was given up."""
        limit = MAX_REPEAT_SECONDS if candidate.is_acked else MAX_WAIT_SECONDS
        if self._clock() - candidate.chosen_at < limit:
            return False
        with self._lock:
            if candidate.is_over:
                return True
            candidate.is_over = True
            self._count -= 1
            self._in_flight.pop(id(candidate.exemplar), None)
            # Others of the same span may have been chosen later, and wait on.
            others = [one for one in self._unacked.pop(candidate.span_id, ()) if one is not candidate]
            if others:
                self._unacked[candidate.span_id] = others
        self._count_withheld(contract.METRIC_LATE if candidate.is_acked else contract.SPAN_LATE)
        return True

    def _count_withheld(self, reason: str, amount: int = 1) -> None:
        self._tally.add(contract.EXEMPLARS, contract.WITHHELD, amount)
        self._tally.add(contract.EXEMPLARS_WITHHELD, reason, amount)


class WorstReservoir(ExemplarReservoir):
    """The candidates of one series of a histogram."""

    def __init__(self, boundaries: Sequence[float], traces: LocalTraces, waiting: Waiting) -> None:
        self._boundaries = boundaries
        self._traces = traces
        self._waiting = waiting
        self._lock = threading.Lock()
        self._worst: dict[int, float] = {}
        self._candidates: list[Candidate] = []

    def offer(self, value: float, time_unix_nano: int, attributes: Attributes, context: Context) -> None:
        bucket = bisect_left(self._boundaries, value)
        span = trace.get_current_span(context)
        with self._lock:
            is_top = all(bucket >= other for other in self._worst)
            if not self._is_worse(value, bucket, is_top=is_top) or not span.is_recording():
                return
            named = span.get_span_context()
            if not self._waiting.has_room() or not self._traces.choose(named.span_id, is_top=is_top):
                return
            self._worst[bucket] = value
            chosen = Candidate(bucket, value, time_unix_nano, named.trace_id, named.span_id)
            self._waiting.add(chosen)
            self._candidates.append(chosen)

    def collect(self, point_attributes: Attributes) -> list[Exemplar]:
        """Return all acknowledged candidates, by bucket and time, and begin a new interval."""
        with self._lock:
            self._worst.clear()
            self._candidates = [
                candidate
                for candidate in self._candidates
                if not candidate.is_over and not self._waiting.withhold_if_late(candidate)
            ]
            ready = sorted(
                (candidate for candidate in self._candidates if candidate.is_acked),
                key=lambda candidate: (candidate.bucket, candidate.time_ns),
            )
        _part(ready)
        return [self._departing(candidate) for candidate in ready]

    def _is_worse(self, value: float, bucket: int, *, is_top: bool) -> bool:
        worst = self._worst.get(bucket)
        return worst is None or value > (worst if is_top else worst * LEAD)

    def _departing(self, candidate: Candidate) -> Exemplar:
        exemplar = Exemplar(None, candidate.value, candidate.time_ns, candidate.span_id, candidate.trace_id)
        self._waiting.departing(candidate, exemplar)
        return exemplar


class NoReservoir(ExemplarReservoir):
    """For instruments that are not histograms: they have no exemplars."""

    def offer(self, value: float, time_unix_nano: int, attributes: Attributes, context: Context) -> None:
        return

    def collect(self, point_attributes: Attributes) -> list[Exemplar]:
        return []


Builder = Callable[..., ExemplarReservoir]


def reservoir_factory(traces: LocalTraces, waiting: Waiting) -> Callable[[type], Builder]:
    """Return what `View(exemplar_reservoir_factory=…)` wants: aggregation class → reservoir builder."""

    def build(boundaries: Sequence[float] | None = None, **_: Any) -> ExemplarReservoir:
        return NoReservoir() if boundaries is None else WorstReservoir(boundaries, traces, waiting)

    return lambda _aggregation_class: build


def _part(candidates: list[Candidate]) -> None:
    """Move candidates of one bucket apart by a millisecond: of two in one, one would be lost."""
    for earlier, later in pairwise(candidates):
        if earlier.bucket == later.bucket and later.time_ns - earlier.time_ns < _MILLISECOND_NS:
            later.time_ns = earlier.time_ns + _MILLISECOND_NS
