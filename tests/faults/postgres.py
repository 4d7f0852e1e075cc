"""The tree on a PostgreSQL server of its own, which the test stops and starts as it likes."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.binaries import skip_without
from tests.faults.proxy import Proxy
from tests.faults.tree import Tree, running_tree
from tests.stack.running import free_real_places
from webstore.demo.places import HOST
from webstore.demo.real.places import DATABASE
from webstore.demo.real.postgres import Postgres
from webstore.demo.real.setting_up import database


class Server:
    """PostgreSQL that can be restarted; whoever stopped it need not start it again."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._run = ExitStack()

    @property
    def socket(self) -> Path:
        return self._postgres.folder / ".s.PGSQL.5432"

    def start(self) -> None:
        self._run.enter_context(self._postgres.serving())

    def stop(self) -> None:
        """Stop it the fast way: it ends all sessions, in the middle of whatever they do."""
        self._run.close()

    def connection(self) -> AbstractContextManager[psycopg.Connection]:
        """Return a connection that goes past the proxy and commits each statement."""
        return closing(psycopg.connect(host=str(self._postgres.folder), user=DATABASE, autocommit=True))


@dataclass(frozen=True)
class PostgresTree(Tree):
    """The shop reaches its database through the proxy "database", by TCP: there a reset is one."""

    server: Server

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.server.connection() as db:
            found = db.execute(sql.replace("?", "%s").encode(), parameters)
            return found.fetchall() if found.description else []


@contextmanager
def running_on_postgres(data: Path, **environment: str) -> Iterator[PostgresTree]:
    """Start server, proxy and all programs; stop them at the end."""
    skip_without("postgres")
    with ExitStack() as stack:
        server = stack.enter_context(_server(data))
        proxy = stack.enter_context(Proxy((HOST, 0), server.socket))
        url = f"postgres://{DATABASE}@{HOST}:{proxy.port}/{DATABASE}"
        tree = stack.enter_context(running_tree(data / "tree", DATABASE_URL=url, **environment))
        yield PostgresTree(**{**vars(tree), "proxies": {"database": proxy}, "server": server})


@contextmanager
def _server(data: Path) -> Iterator[Server]:
    places = free_real_places(data)
    places.logs.mkdir(parents=True)
    postgres = database(places)
    postgres.create()
    server = Server(postgres)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        # As root it lies outside of the data, where pytest does not tidy up.
        shutil.rmtree(places.postgres, ignore_errors=True)
