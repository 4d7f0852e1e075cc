"""One transaction, again when the database gave it up for another one's sake.

Where transactions change several rows, all do it in one order: order, stock by primary key,
attempt, refund. (A new order is nobody's to wait for: the checkout reserves first.) Then none waits for
another in a ring; the retry is for what that rule misses.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction

Result = TypeVar("Result")

RETRIES = 3
# PostgreSQL's words: a deadlock was ended at our cost; the snapshot has grown old.
_GIVEN_UP = {"40P01", "40001"}
# A lock did not come; or others took the row again and again, until the statement's time was over.
_LOCKED = {"55P03", "57014"}
# About as long as SQLite waits: no lock is begun to be waited for later than this.
_PATIENCE_SECONDS = 8


def in_transaction(work: Callable[[], Result], *, waits_for_locks: bool = False) -> Result:
    """Return what `work` returns, committed. It may run several times: it changes only the database.

    A row that comes round again need not wait for a lock longer than the database lets it. A
    customer would have to: `waits_for_locks` waits again, within its patience.
    """
    waits_until = time.monotonic() + (_PATIENCE_SECONDS if waits_for_locks else 0)
    for _ in range(RETRIES):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if not _may_come_through(error, waits_until):
                raise
    with transaction.atomic():
        return work()


def _may_come_through(error: OperationalError, waits_until: float) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in _GIVEN_UP or (state in _LOCKED and time.monotonic() < waits_until)
