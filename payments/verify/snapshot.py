"""The shop's database as of one moment, without holding anybody up."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Nobody waits for a judge, so that it may take longer than a request.
_STATEMENT_SECONDS = 60


@contextmanager
def one_moment() -> Iterator[None]:
    """Make every read in this block see the same moment. Who brings a transaction has that already."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred():
            yield
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'")
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Begin a transaction that only reads: those of the shop are immediate and would stop every writer."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
