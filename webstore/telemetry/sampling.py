"""Which local traces are kept, and why.

A process holds the spans of each *local root* (a span without parent, or with a remote one)
until that root ends, then keeps or drops them all. Nothing has to be decided before it is
known, and the Collector has nothing to decide at all.

A span finds its local root through the ids of open spans, never by trace id: one process may
hold several local roots of one trace, such as a payment restored from its row.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import SpanContext, Status, StatusCode

from webstore.telemetry import contract
from webstore.telemetry.budget import Budget
from webstore.telemetry.tally import Tally

MAX_OPEN_ROOTS = 1_000
MAX_SPANS_PER_ROOT = 512
MAX_AGE_SECONDS = 120.0
MAX_OPEN_SPANS = 4_096
# Ended spans whose children may still come, in some other thread.
MAX_REMEMBERED = 4_096

# When several reasons hold, the first of these is told: `baseline` is the unbiased one.
_REASONS = (contract.BASELINE, contract.CROSSING, contract.ERROR, contract.EXEMPLAR)


class Note(NamedTuple):
    """A finished database call, cheap to take; it becomes a span only if its root is kept."""

    parent: SpanContext
    name: str
    attributes: dict[str, str]
    started_ns: int
    ended_ns: int
    error_type: str


class Kept(NamedTuple):
    """A span or note on its way out; `reason` is set on a local root alone."""

    what: ReadableSpan | Note
    reason: str = ""


@dataclass(slots=True)
class LocalRoot:
    """A local trace while it is held, and afterwards its verdict for what comes late."""

    span_id: int
    opened_at: float
    reasons: set[str]
    is_kept: bool | None = None
    count: int = 0
    held: list[ReadableSpan | Note] = field(default_factory=list)


class LocalTraces(SpanProcessor):
    """Holds the spans of open local roots and hands the kept ones to `keep`, which must not block.

    `ratio` (0 to 1) of all traces is kept as `baseline`, chosen by trace id, so that every
    process of a trace chooses alike.
    """

    def __init__(
        self, *, ratio: float, budget: Budget, keep: Callable[[Sequence[Kept]], None], tally: Tally
    ) -> None:
        self._bound = round(ratio * 2**64)
        self._budget = budget
        self._keep = keep
        self._tally = tally
        self._lock = threading.Lock()
        self._roots: OrderedDict[int, LocalRoot] = OrderedDict()
        self._open_spans: dict[int, tuple[Span, LocalRoot]] = {}
        self._root_of_ended: dict[int, LocalRoot] = {}
        self._ended: deque[int] = deque()
        self._is_finishing = False

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        parent, context = span.parent, span.get_span_context()
        with self._lock:
            root = self._root_of(parent.span_id) if parent and not parent.is_remote else None
            if root is None:
                root = self._open(context, is_remote=parent is not None and parent.is_remote)
            # Those that never end (an instrumentation's mistake) must not pile up.
            if len(self._open_spans) >= MAX_OPEN_SPANS:
                self._open_spans.pop(next(iter(self._open_spans)))
            self._open_spans[context.span_id] = (span, root)

    def on_end(self, span: ReadableSpan) -> None:
        span_id = _span_id(span)
        with self._lock:
            if span_id not in self._open_spans:
                self._tally.add(contract.SPANS_LOST, contract.TRACE_CAP)
                return
            _, root = self._open_spans.pop(span_id)
            self._remember(span_id, root)
            if span.status.status_code is StatusCode.ERROR:
                root.reasons.add(contract.ERROR)
            self._take(root, span)
            if root.is_kept is None and root.span_id == span_id:
                self._close(root)

    def note(self, note: Note) -> None:
        """Take a database call for the trace its parent span belongs to."""
        with self._lock:
            root = self._root_of(note.parent.span_id)
            if root is not None:
                self._take(root, note)

    def cross(self, span_id: int) -> bool:
        """Say that the span's context leaves the process; False when its trace was dropped already."""
        with self._lock:
            root = self._root_of(span_id)
            if root is None:
                return True
            if root.is_kept is None:
                root.reasons.add(contract.CROSSING)
            return root.is_kept is not False

    def choose(self, span_id: int, *, is_top: bool) -> bool:
        """Keep the span's trace for an exemplar; False when it is over, or the budget is spent.

        `is_top` says that the measurement lies in its series' highest bucket.
        """
        with self._lock:
            _, root = self._open_spans.get(span_id, (None, None))
            if root is None or root.is_kept is not None:
                return False
            if not root.reasons and not self._budget.spend(is_top=is_top):
                return False
            root.reasons.add(contract.EXEMPLAR)
            return True

    def expire(self) -> None:
        """Let go of roots that have been open for too long."""
        oldest_allowed = time.monotonic() - MAX_AGE_SECONDS
        with self._lock:
            while self._roots and next(iter(self._roots.values())).opened_at < oldest_allowed:
                self._cap()

    def release(self) -> None:
        """Hand over what open roots hold that will be kept; what they do later follows."""
        with self._lock:
            for root in self._roots.values():
                if root.reasons:
                    self._let_go(root)

    def finish(self) -> None:
        """End all that is still open, latest first, so that it leaves: the process ends now.

        A root cut short is counted as unfinished, whatever else it would have been kept for.
        """
        with self._lock:
            self._is_finishing = True
            still_open = [span for span, _ in self._open_spans.values()]
        for span in reversed(still_open):
            span.set_attribute(ERROR_TYPE, contract.UNFINISHED)
            span.set_status(Status(StatusCode.ERROR))
            span.end()

    def _root_of(self, span_id: int) -> LocalRoot | None:
        _, root = self._open_spans.get(span_id, (None, None))
        return root or self._root_of_ended.get(span_id)

    def _open(self, context: SpanContext, *, is_remote: bool) -> LocalRoot:
        if len(self._roots) >= MAX_OPEN_ROOTS:
            self._cap()
        reasons = {contract.CROSSING} if is_remote else set()
        if context.trace_id & (2**64 - 1) < self._bound:
            reasons.add(contract.BASELINE)
        root = LocalRoot(context.span_id, time.monotonic(), reasons)
        self._roots[context.span_id] = root
        return root

    def _remember(self, span_id: int, root: LocalRoot) -> None:
        self._root_of_ended[span_id] = root
        self._ended.append(span_id)
        if len(self._ended) > MAX_REMEMBERED:
            self._root_of_ended.pop(self._ended.popleft(), None)

    def _take(self, root: LocalRoot, what: ReadableSpan | Note) -> None:
        if root.is_kept is False:
            return
        if root.count >= MAX_SPANS_PER_ROOT and not _is_root(root, what):
            self._tally.add(contract.SPANS_LOST, contract.TRACE_CAP)
            return
        root.count += 1
        if root.is_kept:
            # A root that comes after its verdict was let go of for its age, or for want of room.
            self._keep([Kept(what, _reason(root) or contract.CAPPED if _is_root(root, what) else "")])
        else:
            root.held.append(what)

    def _close(self, root: LocalRoot) -> None:
        reason = _reason(root)
        outcome = contract.UNFINISHED if self._is_finishing else reason or contract.DROPPED
        self._tally.add(contract.TRACES, outcome)
        self._settle(root, is_kept=bool(reason), reason=reason)

    def _cap(self) -> None:
        """Let go of the oldest open root, keeping what is there of it."""
        self._tally.add(contract.TRACES, contract.CAPPED)
        self._settle(next(iter(self._roots.values())), is_kept=True)

    def _settle(self, root: LocalRoot, *, is_kept: bool, reason: str = "") -> None:
        self._roots.pop(root.span_id, None)
        root.is_kept = is_kept
        if is_kept:
            self._let_go(root, reason)
        root.held = []

    def _let_go(self, root: LocalRoot, reason: str = "") -> None:
        held, root.held = root.held, []
        if held:
            self._keep([Kept(what, reason if _is_root(root, what) else "") for what in held])


def _reason(root: LocalRoot) -> str:
    return next((reason for reason in _REASONS if reason in root.reasons), "")


def _is_root(root: LocalRoot, what: ReadableSpan | Note) -> bool:
    return isinstance(what, ReadableSpan) and _span_id(what) == root.span_id


def _span_id(span: ReadableSpan) -> int:
    return span.context.span_id if span.context else 0
