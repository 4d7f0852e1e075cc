"""The doorbell: tells the workers that an attempt is due, and never makes a customer wait for it.

A broker that hangs blocks the publishing thread for many seconds, whatever its timeouts say.
So one thread per process publishes, and a request waits for it a second at most. Lost
rings cost seconds, never an order: the sweep rings again.
"""

import contextvars
import functools
import logging
import os
import queue
import threading
from collections.abc import Callable
from typing import Any

from celery import Task

from webstore.telemetry import contract, instruments, propagation

WAIT_SECONDS = 1.0

logger = logging.getLogger(__name__)

_one_at_a_time = threading.Lock()


class _Ring:
    """One publish, with the caller's context, so that its span is a child of the caller's."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._context = contextvars.copy_context()
        self._is_done = threading.Event()
        self._error: Exception | None = None
        self.is_abandoned = False

    def run(self) -> None:
        try:
            self._context.run(self._publish)
        except Exception as error:  # noqa: BLE001 - handed to the caller, who logs it
            self._error = error
        self._is_done.set()

    def wait(self) -> None:
        """Return when it is published; raise what went wrong, or `TimeoutError`."""
        if not self._is_done.wait(WAIT_SECONDS):
            self.is_abandoned = True
            raise TimeoutError("the broker does not answer")
        if self._error is not None:
            raise self._error


class Bell:
    """One daemon thread that publishes one message at a time."""

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[_Ring] = queue.SimpleQueue()
        self._current: _Ring | None = None
        threading.Thread(target=self._run, name="bell", daemon=True).start()

    @property
    def is_stuck(self) -> bool:
        """Return whether somebody has already waited in vain for what it does now."""
        current = self._current
        return current is not None and current.is_abandoned

    def ring(self, publish: Callable[[], None]) -> None:
        if self.is_stuck:
            raise TimeoutError("the broker still does not answer")
        ring = _Ring(publish)
        self._rings.put(ring)
        ring.wait()

    def _run(self) -> None:
        while True:
            ring = self._rings.get()
            if ring.is_abandoned:
                continue
            self._current = ring
            ring.run()
            self._current = None


@functools.cache
def _new_bell(_process_id: int) -> Bell:
    # By process: a thread does not live on in a forked child.
    return Bell()


def _bell() -> Bell:
    # The cache alone would let several threads make one each.
    with _one_at_a_time:
        return _new_bell(os.getpid())


def ring(task: "Task[..., Any]", *args: Any) -> bool:
    """Publish one message for `task`, within about a second. False: it was missed, and counted."""
    try:
        _bell().ring(functools.partial(propagation.publish, task, *args))
    except Exception as error:  # noqa: BLE001 - whatever the broker client raises: the row is the truth
        logger.warning("missed the doorbell of %s%s: %s", task.name, args, error)
        instruments.doorbells_missed.add(1, {contract.TASK: task.name})
        return False
    return True
