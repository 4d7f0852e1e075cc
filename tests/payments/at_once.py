"""The same thing done by many at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def all_at_once(actions: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start the actions together; return what each returned."""
    together = threading.Barrier(len(actions))

    def run(action: Callable[[], Result]) -> Result:
        together.wait(10)
        try:
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
