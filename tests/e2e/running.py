"""The very processes of `make run`, on free ports and in a folder of their own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.evidence import eventually
from webstore.demo.places import Places
from webstore.demo.shopper import Shopper
from webstore.demo.supervision import Supervisor

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 100


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    places: Places
    process: "subprocess.Popen[str]"
    output: list[str]

    @property
    def shop(self) -> str:
        return self.places.url(self.places.web_port, "")

    @property
    def lens(self) -> str:
        return self.places.url(self.places.lens_port, "")

    @property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.places)

    def shopper(self) -> Shopper:
        return Shopper(self.shop)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Read the shop's database from outside."""
        return _rows(self.places.data / "shop.sqlite3", sql, parameters)

    def lens_rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Read the lens' file from outside: it knows units, which the read API does not tell."""
        return _rows(self.places.data / "lens.sqlite3", sql, parameters)

    def ledger(self, order_number: str) -> list[tuple[str, int]]:
        """Return (status, amount in cents) of every charge the provider really made for an order."""
        sql = "SELECT status, amount FROM charges WHERE reference = ?"
        return _rows(self.places.data / "ledger.sqlite3", sql, (order_number,))

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.places.environment()}

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def free_places(data: Path) -> Places:
    """Return places on ports that are free now."""
    return Places(data, **free_ports(Places))


def free_ports(kind: type[Places]) -> dict[str, int]:
    """Return a free port for each that such places have."""
    with ExitStack() as held:
        return {name.lower(): _free_port(held) for name in kind(Path()).ports}


@contextmanager
def running_demo(
    data: Path, places: Places | None = None, *, module: str = "webstore.demo", **environment: str
) -> Iterator[Demo]:
    """Start a demo, wait until it says that it is up, and stop it at the end."""
    places = places or free_places(data)
    process = start_demo(places, module=module, **environment)
    output: list[str] = []
    reader = threading.Thread(target=_read, args=(process, output), daemon=True)
    reader.start()
    try:
        eventually(lambda: is_up(output) or process.poll() is not None, seconds=_START_SECONDS)
        assert is_up(output), "".join(output)
        yield Demo(places, process, output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
        reader.join(5)


def start_demo(
    places: Places, *, module: str = "webstore.demo", **environment: str
) -> "subprocess.Popen[str]":
    """Start what `make run` starts and return at once."""
    own = {"WEBSTORE_DATA": str(places.data), **{name: str(port) for name, port in places.ports.items()}}
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**outer_environment(), **own, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read(process: "subprocess.Popen[str]", output: list[str]) -> None:
    assert process.stdout is not None
    with process.stdout:
        output.extend(iter(process.stdout.readline, ""))


def outer_environment() -> dict[str, str]:
    """Return the environment without what pytest, and a `make` around it, added for the test process."""
    # By MAKEFLAGS the outer `make test TESTS=…` would tell an inner one what to run: itself again.
    ours = {"STATICFILES_STORAGE", "DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS"}
    return {key: value for key, value in os.environ.items() if key not in ours}


def is_up(output: list[str]) -> bool:
    return any("Ctrl-C stops everything" in line for line in output)


def _free_port(held: ExitStack) -> int:
    probe = held.enter_context(closing(socket.socket()))
    probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def _rows(file: Path, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute(sql, parameters).fetchall()
