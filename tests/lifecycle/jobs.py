"""Tasks for the shop's own worker program: `celery -A webstore worker -I tests.lifecycle.jobs`."""

import time

from celery import shared_task

from tests.lifecycle import work


@shared_task
def whole() -> None:
    """Do all that a local trace can be made of; the thread is done before the task is."""
    work.everything(late_seconds=0.05).join()


@shared_task
def slow(seconds: float) -> None:
    work.note_current()
    work.visit()
    with work.noted("working"):
        time.sleep(seconds)


@shared_task(time_limit=1)
def endless() -> None:
    slow(60)
