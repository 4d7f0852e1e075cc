"""One transaction, again when the database gave it up for another one's sake.

Where transactions change several rows, all do it in one order: order, stock by primary key,
attempt, refund. (A new order is nobody's to wait for: the checkout reserves first.) Then none waits for
another in a ring; the retry is for what that rule misses.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction

Result = TypeVar("Result")

RETRIES = 3
# PostgreSQL's words: a deadlock was ended at our cost; the snapshot has grown old.
_GIVEN_UP = {"40P01", "40001"}


def in_transaction(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, committed. It may run several times: it changes only the database."""
    for _ in range(RETRIES):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _GIVEN_UP:
                raise
    with transaction.atomic():
        return work()
