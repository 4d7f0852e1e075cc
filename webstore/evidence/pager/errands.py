"""Work that may hang, done by few threads that nobody waits for longer than agreed."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Errands:
    def __init__(self, *, most_at_once: int) -> None:
        self._free = threading.BoundedSemaphore(most_at_once)

    def run(self, work: Callable[[], None], *, seconds: float) -> bool:
        """Return whether the work ended in time, which its turn counts towards."""
        give_up_at = time.monotonic() + seconds
        if not self._free.acquire(timeout=max(0.0, seconds)):
            return False
        thread = threading.Thread(target=self._do, args=(work,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The machine gives no more threads.
            self._free.release()
            return False
        thread.join(max(0.0, give_up_at - time.monotonic()))
        return not thread.is_alive()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            logger.exception("an errand failed")
        finally:
            self._free.release()
