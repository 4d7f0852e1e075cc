"""Breaking a running shop from outside, and mending it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.e2e.running import Demo


@contextmanager
def without_table(demo: Demo, table: str) -> Iterator[None]:
    """Take a table away for a while: as good an error as any, for every program that reads it."""
    with closing(sqlite3.connect(demo.places.data / "shop.sqlite3", timeout=20)) as db:
        # Else other tables' references would follow the new name.
        db.execute("PRAGMA legacy_alter_table = ON")
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            db.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
