"""Spans on their way to the sink: in batches, kept when a batch fails, acknowledged when it arrived.

The stock batch processor drops a batch whose export failed, and 6 s without a sink then leave
half of the traces incomplete. Here the failed batch stays first in the queue.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import requests
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from webstore.telemetry import contract
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.sampling import Kept
from webstore.telemetry.tally import Tally

MAX_QUEUE = 8_192
BATCH = 512

logger = logging.getLogger(__name__)


class SinkSession(requests.Session):
    """A session that remembers how the sink answered last; the exporter only tells yes or no."""

    def __init__(self) -> None:
        super().__init__()
        # Neither proxies nor .netrc for the sink, and no look at the environment at every request.
        self.trust_env = False
        self._was_asked = False
        self._status = 0

    def forget(self) -> None:
        """Begin a new export."""
        self._was_asked, self._status = False, 0

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._was_asked, self._status = True, 0
        response = super().send(request, **kwargs)
        self._status = response.status_code
        return response

    @property
    def is_hopeless(self) -> bool:
        """Return whether the last export can never succeed, so that a repeat would block the rest.

        It could not even be encoded, or the sink said that the request itself is wrong.
        """
        return not self._was_asked or (400 <= self._status < 500 and self._status not in {408, 429})


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
        self._queue: deque[Kept] = deque()
        self._lock = threading.Lock()
        self._exporting = threading.Lock()
        self._is_full = threading.Event()
        self._is_failing = False

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
        with self._lock:
            self._queue.extend(spans)
            excess = len(self._queue) - MAX_QUEUE
            for _ in range(excess):
                self._queue.popleft()
        if excess > 0:
            self._tally.add(contract.SPANS_LOST, contract.QUEUE_FULL, excess)
        if len(self._queue) >= BATCH and not self._is_failing:
            self._is_full.set()

    def flush(self) -> bool:
        """Send what is queued, batch by batch; False when a batch failed and stays."""
        with self._exporting:
            while batch := self._next_batch():
                if not self._export(batch):
                    return False
        return True

    def _next_batch(self) -> list[Kept]:
        with self._lock:
            return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]

    def _export(self, batch: list[Kept]) -> bool:
        spans = [self._outgoing.span(kept) for kept in batch]
        token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        self._session.forget()
        try:
            result = self._exporter.export(spans)
        finally:
            detach(token)
        if result is SpanExportResult.SUCCESS:
            self._on_delivered([span.context.span_id for span in spans if span.context])
            self._tell(is_failing=False)
            return True
        self._tally.add(contract.EXPORT_FAILURES, contract.SIGNAL_TRACES)
        if self._session.is_hopeless:
            self._tally.add(contract.SPANS_LOST, contract.SINK_REFUSED, len(batch))
            logger.error("the telemetry sink refused %d spans for good", len(batch))
            return True
        self._put_back(batch)
        self._tell(is_failing=True)
        return False

    def _put_back(self, batch: list[Kept]) -> None:
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
