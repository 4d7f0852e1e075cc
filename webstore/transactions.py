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
_LOCKED = {"55P03"}


def in_transaction(work: Callable[[], Result], *, waits_for_locks: bool = False) -> Result:
    """Return what `work` returns, committed. It may run several times: it changes only the database.

    A row that comes round again need not wait for a lock longer than the database lets it. A
    customer would have to: `waits_for_locks` waits as often as it tries, about as long as SQLite does.
    """
    again = _GIVEN_UP | _LOCKED if waits_for_locks else _GIVEN_UP
    for _ in range(RETRIES):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in again:
                raise
    with transaction.atomic():
        return work()
