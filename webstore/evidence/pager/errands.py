"""Work that may hang, done by few threads that nobody waits for longer than agreed."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Errands:
    def __init__(self, *, most_at_once: int) -> None:
        self._free = threading.BoundedSemaphore(most_at_once)

    def run(self, work: Callable[[], None], *, seconds: float) -> bool:
        """Return whether the work ended in time; False at once while too much of it hangs."""
        if not self._free.acquire(blocking=False):
            return False
        thread = threading.Thread(target=self._do, args=(work,), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The machine gives no more threads.
            self._free.release()
            return False
        thread.join(max(0.0, seconds))
        return not thread.is_alive()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            logger.exception("an errand failed")
        finally:
            self._free.release()
