"""Spans on their way to the sink: in batches, kept when a batch fails, acknowledged when it arrived.

The stock batch processor drops a batch whose export failed, and 6 s without a sink then leave
half of the traces incomplete. Here the failed batch stays first in the queue.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from webstore.telemetry import contract
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.sampling import Kept, Note
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

MAX_QUEUE = 8_192
BATCH = 512
# While the sink fails, each try is made with so few: enough to learn that it is back.
PROBE = 16

logger = logging.getLogger(__name__)


class SpanSender:
    """A queue with one daemon thread. `send` never blocks and never raises."""

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        outgoing: Outgoing,
        session: SinkSession,
        on_delivered: Callable[[Iterable[int]], None],
        tally: Tally,
    ) -> None:
        self._exporter = exporter
        self._outgoing = outgoing
        self._session = session
        self._on_delivered = on_delivered
        self._tally = tally
        self._queue: deque[ReadableSpan | Note] = deque()
        self._lock = threading.Lock()
        self._exporting = threading.Lock()
        self._is_full = threading.Event()
        self._is_failing = False

    @property
    def is_failing(self) -> bool:
        """Return whether the sink took no spans when it was last asked."""
        return self._is_failing

    def start(self, *, delay_seconds: float, on_tick: Callable[[], None]) -> None:
        """Send every `delay_seconds`, or sooner when a whole batch is there."""

        def run() -> None:
            while True:
                self._is_full.wait(delay_seconds)
                self._is_full.clear()
                try:
                    on_tick()
                    self.flush()
                except Exception:
                    logger.exception("sending spans failed")

        threading.Thread(target=run, name="span-sender", daemon=True).start()

    def send(self, spans: Sequence[Kept]) -> None:
        # Stripped at once: the SDK's own spans are several times as large, and thousands may wait.
        slim = [self._outgoing.slim(kept) for kept in spans]
        with self._lock:
            self._queue.extend(slim)
            excess = len(self._queue) - MAX_QUEUE
            for _ in range(excess):
                self._queue.popleft()
        if excess > 0:
            self._tally.add(contract.SPANS_LOST, contract.QUEUE_FULL, excess)
        if len(self._queue) >= BATCH and not self._is_failing:
            self._is_full.set()

    def flush(self) -> bool:
        """Send what is queued, batch by batch; False when the sink fails and the rest stays."""
        with self._exporting:
            while batch := self._next_batch():
                if not self._export(batch):
                    return False
        return True

    def _next_batch(self) -> list[ReadableSpan | Note]:
        size = PROBE if self._is_failing else BATCH
        with self._lock:
            return [self._queue.popleft() for _ in range(min(size, len(self._queue)))]

    def _export(self, batch: list[ReadableSpan | Note]) -> bool:
        """Send one batch; return whether it is worth while to go on with the next."""
        # Once only: a note that became a span keeps its id, however often it is sent.
        spans = [self._outgoing.whole(what) for what in batch]
        token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        self._session.forget()
        try:
            result = self._exporter.export(spans)
        finally:
            detach(token)
        if result is SpanExportResult.SUCCESS and not self._session.is_refused:
            self._on_delivered([span.context.span_id for span in spans if span.context])
            self._tell(is_failing=False)
            return True
        self._tally.add(contract.EXPORT_FAILURES, contract.SIGNAL_TRACES)
        if self._session.is_refused:
            return self._give_up(spans)
        self._put_back(spans)
        self._tell(is_failing=True)
        return False

    def _give_up(self, spans: list[ReadableSpan]) -> bool:
        """Count a batch that can never arrive; of two in a row the second says that the sink fails."""
        is_first, lost = not self._is_failing, self._session.rejected_count or len(spans)
        self._tally.add(contract.SPANS_LOST, contract.SINK_REFUSED, lost)
        if is_first:
            logger.error("the telemetry sink refused %d spans for good", lost)
        self._is_failing = True
        return is_first

    def _put_back(self, batch: list[ReadableSpan]) -> None:
        with self._lock:
            room = MAX_QUEUE - len(self._queue)
            self._queue.extendleft(reversed(batch[-room:] if room else []))
        if room < len(batch):
            self._tally.add(contract.SPANS_LOST, contract.QUEUE_FULL, len(batch) - room)

    def _tell(self, *, is_failing: bool) -> None:
        """Log the moments when the sink goes and comes back, not every try in between."""
        if is_failing and not self._is_failing:
            logger.warning("the telemetry sink takes no spans; up to %d are kept", MAX_QUEUE)
        if self._is_failing and not is_failing:
            logger.info("the telemetry sink takes spans again")
        self._is_failing = is_failing
