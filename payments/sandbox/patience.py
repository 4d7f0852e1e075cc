"""Waiting on purpose, but never longer than the program is meant to live."""

import time

_STEP_SECONDS = 0.05


class Patience:
    """Waits in short steps until it is ended.

    A threading.Event would be woken sooner, but setting one takes a lock, and a second
    signal that arrives meanwhile would wait for that lock for ever.
    """

    def __init__(self) -> None:
        self._is_over = False

    @property
    def is_over(self) -> bool:
        return self._is_over

    def end(self) -> None:
        """End every wait, running or to come. Safe inside a signal handler."""
        self._is_over = True

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_over and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _STEP_SECONDS))


patience = Patience()
