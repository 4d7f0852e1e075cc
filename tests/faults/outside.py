"""The shop's database, changed and locked by somebody else: SQLite's file or a PostgreSQL server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.faults.postgres import PostgresTree
from tests.faults.tree import Tree

_WAIT_SECONDS = 20
# What a checkout or a worker writes to. Others may still read, as on SQLite.
_WRITTEN = "catalog_product, orders_order, orders_cartline, payments_paymentattempt"


def change(tree: Tree, sql: str, *parameters: object) -> None:
    """Write something the shop did not, and commit it."""
    if isinstance(tree, PostgresTree):
        tree.rows(sql, *parameters)
        return
    with closing(_sqlite(tree)) as db:
        db.execute(sql, parameters)


@contextmanager
def locked(tree: Tree) -> Iterator[None]:
    """Let nobody else write for as long as the block takes."""
    if isinstance(tree, PostgresTree):
        with tree.server.connection() as other, other.transaction():
            other.execute(f"LOCK TABLE {_WRITTEN} IN EXCLUSIVE MODE".encode())
            yield
        return
    with closing(_sqlite(tree)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def _sqlite(tree: Tree) -> sqlite3.Connection:
    file = tree.places.data / "shop.sqlite3"
    return sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)
