"""Work at the end of a process, done in time or left behind."""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

Errand = tuple[Callable[[], object], threading.Event]


class Errands:
    """A daemon thread made in advance: at its exit, Python 3.12 starts none any more."""

    def __init__(self) -> None:
        self._errands: queue.SimpleQueue[Errand] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="telemetry-errands", daemon=True).start()

    def run(self, work: Callable[[], object], *, seconds: float) -> bool:
        """Return whether `work` was done within so many seconds; else it goes on, and nobody waits."""
        is_done = threading.Event()
        self._errands.put((work, is_done))
        return is_done.wait(seconds)

    def _run(self) -> None:
        while True:
            work, is_done = self._errands.get()
            try:
                work()
            except Exception:
                logger.exception("the last sending of telemetry failed")
            is_done.set()
