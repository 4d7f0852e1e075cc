"""The very processes of `make run-real`, on free ports and in a folder of their own."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.binaries import skip_without
from tests.e2e.running import Demo, free_ports, running_demo
from webstore.demo.real.places import DATABASE, RealPlaces

MODULE = "webstore.demo.real"
NEEDED = ("otelcol", "prometheus", "alertmanager", "postgres", "redis-server")


class Stack(Demo):
    """A running shop with its real back ends. `supervisor` stops and starts each by its name."""

    places: RealPlaces

    @property
    def prometheus(self) -> str:
        return self.places.prometheus

    @property
    def traces(self) -> str:
        """Return what answers for traces: Tempo, or the lens."""
        return self.places.traces

    @property
    def trace_store(self) -> str:
        """Return the name of the program that does."""
        return "tempo" if self.places.has_tempo else "lens"

    @property
    def alertmanager(self) -> str:
        return self.places.alertmanager

    @property
    def pager(self) -> str:
        return self.places.pager

    @property
    def provider(self) -> str:
        return self.places.url(self.places.provider_port, "")

    @property
    def collector_otlp(self) -> str:
        """Return where OTLP over HTTP goes in."""
        return self.places.url(self.places.otlp_port, "")

    @property
    def collector_metrics(self) -> str:
        """Return what the Collector tells of itself."""
        return self.places.url(self.places.collector_metrics_port, "/metrics")

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the shop's database from outside; `%s` or, as in SQLite, `?` stands for a parameter."""
        with self.database() as db:
            found = db.execute(sql.replace("?", "%s").encode(), parameters)
            return found.fetchall() if found.description else []

    def database(self) -> AbstractContextManager[psycopg.Connection]:
        """Return a connection of its own, which commits each statement; `transaction()` holds several."""
        return closing(psycopg.connect(host=str(self.places.postgres), user=DATABASE, autocommit=True))

    def log(self, program: str) -> str:
        return (self.places.logs / f"{program}.log").read_text(errors="replace")


def free_real_places(data: Path) -> RealPlaces:
    """Return places on ports that are free now."""
    return RealPlaces(data, **free_ports(RealPlaces))


@contextmanager
def running_stack(data: Path, places: RealPlaces | None = None, /, **environment: str) -> Iterator[Stack]:
    """Start everything, wait until it says that it is up, and stop it at the end."""
    skip_without(*NEEDED)
    places = places or free_real_places(data)
    with (
        without_postgres(places),
        running_demo(data, places, module=MODULE, **environment) as demo,
    ):
        yield Stack(places, demo.process, demo.output)


@contextmanager
def without_postgres(places: RealPlaces) -> Iterator[None]:
    """Leave no database behind: as root it lies outside of the data, where pytest does not tidy up."""
    try:
        yield
    finally:
        shutil.rmtree(places.postgres, ignore_errors=True)
