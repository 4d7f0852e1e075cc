"""Tasks for the shop's own worker program: `celery -A webstore worker -I tests.lifecycle.jobs`."""

import time
from contextlib import suppress
from typing import Any

from celery import shared_task, signals
from celery.exceptions import SoftTimeLimitExceeded

from tests.lifecycle import work


@shared_task
def whole() -> None:
    """Do all that a local trace can be made of; the thread is done before the task is."""
    work.everything(late_seconds=0.05).join()


@shared_task
def loose() -> None:
    """Leave a thread behind that is still at work when the child ends."""
    work.everything(late_seconds=30)


@shared_task
def slow(seconds: float) -> None:
    work.note_current()
    work.visit()
    with work.noted("working"):
        time.sleep(seconds)


@shared_task(soft_time_limit=1, time_limit=2)
def stubborn() -> None:
    """Go on after the soft limit, until the hard one."""
    work.note_current()
    work.visit()
    with work.noted("working"):
        with suppress(SoftTimeLimitExceeded):
            time.sleep(60)
        time.sleep(60)


@shared_task
def clog() -> None:
    """Never runs: the loop that would hand it to a child hangs."""


@signals.task_received.connect
def hang(request: Any, **_: Any) -> None:
    """Hang the worker's main loop, as nothing in it should."""
    if request.name == clog.name:
        time.sleep(60)
