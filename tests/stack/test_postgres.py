"""The shop's own suites, and the start's preparations, on a real PostgreSQL."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.binaries import skip_without
from tests.e2e.running import ROOT, outer_environment
from tests.stack.running import free_real_places, without_postgres
from webstore.demo import backends
from webstore.demo.real.places import DATABASE, RealPlaces
from webstore.demo.real.setting_up import database, prepare

SUITES = (
    "tests/catalog",
    "tests/orders",
    "tests/payments",
    "tests/verify",
    "tests/fuzz",
    "tests/test_transactions.py",
)


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    skip_without("postgres")
    places = free_real_places(tmp_path_factory.mktemp("postgres"))
    places.logs.mkdir()
    server = database(places)
    with without_postgres(places):
        server.create()
        with server.serving():
            _forget_in_a_power_cut(places)
            yield places.database_url


def _forget_in_a_power_cut(places: RealPlaces) -> None:
    """Wait for no disk: with it, emptying all tables takes six times as long."""
    with psycopg.connect(host=str(places.postgres), user=DATABASE, autocommit=True) as db:
        db.execute("ALTER SYSTEM SET fsync = off")
        db.execute("SELECT pg_reload_conf()")


def _run(database_url: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    # Its tests skip what SQLite alone does; that is no gap here.
    own = {"DATABASE_URL": database_url, "WEBSTORE_DEMO": "1", "WEBSTORE_DATA": str(folder), "REQUIRE": ""}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=outer_environment() | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_suites_pass(database_url: str, tmp_path: Path) -> None:
    # In one process: each would make its own database, with all migrations.
    done = _run(database_url, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES, folder=tmp_path)

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_preparing_twice_changes_nothing(database_url: str, tmp_path: Path) -> None:
    count = "from webstore.catalog.models import Product as p; print(p.objects.count())"
    found = []
    for _ in range(2):
        assert _run(database_url, "manage.py", "prepare_demo", folder=tmp_path).returncode == 0
        found.append(_run(database_url, "manage.py", "shell", "-v", "0", "-c", count, folder=tmp_path).stdout)

    assert found[0] == found[1] != "0\n"


def test_no_wait_is_for_ever(database_url: str, tmp_path: Path) -> None:
    ask = (
        "from django.db import connection as c\n"
        "with c.cursor() as q:\n"
        "    for name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'):\n"
        "        q.execute('SHOW ' + name); print(*q.fetchone())\n"
    )
    done = _run(database_url, "manage.py", "shell", "-v", "0", "-c", ask, folder=tmp_path)

    assert done.stdout.split() == ["2s", "5s", "10s"]


def test_database_goes_with_its_folder(tmp_path: Path) -> None:
    skip_without("postgres")
    places = free_real_places(tmp_path / "data")
    with without_postgres(places):
        databases = [_prepared(places), _prepared(places)]
        shutil.rmtree(places.data)
        databases.append(_prepared(places))

    first, second, third = databases
    assert first == second != third


def _prepared(places: RealPlaces) -> str:
    """Return the identity of the database cluster that was made or found."""
    places.logs.mkdir(parents=True, exist_ok=True)
    prepare(places, outer_environment() | places.environment())
    server = backends.find("postgres")
    assert server is not None
    command = [str(server.with_name("pg_controldata")), "-D", str(places.postgres / "data")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(line for line in told.splitlines() if "system identifier" in line)
