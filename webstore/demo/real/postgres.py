"""A PostgreSQL server of our own: a folder, a unix socket in it, and no port.

Nobody but its owner gets into the folder, so the socket asks for no password.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from webstore.demo import backends
from webstore.demo.preflight import CannotStart
from webstore.demo.supervision import tail

# The server refuses to run as root; the packages bring this user.
UNPRIVILEGED = "postgres"
_INITDB = ("-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--no-sync")
_START_SECONDS = 30


@dataclass(frozen=True)
class Postgres:
    """One server; `name` is both its only role and its only database."""

    folder: Path
    name: str
    log: Path

    @property
    def command(self) -> tuple[str, ...]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "unix_socket_permissions": "0700",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return (str(_program("postgres")), "-D", str(self._data), *settings)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        """Make folder, tables of its own and roles, unless they are there."""
        self._make_folder()
        if self._data.exists():
            return
        # Elsewhere first: what was interrupted half-way must not look like a database.
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [str(_program("initdb")), "-D", str(unfinished), "-U", self.name, *_INITDB]
        done = subprocess.run(
            command, cwd=self.folder, **_as_user(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotStart(f"PostgreSQL could not make its files: {done.stderr.strip()}")
        unfinished.rename(self._data)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = pwd.getpwnam(user()) if user() else pwd.getpwuid(os.getuid())
        if self.folder.stat().st_uid not in {os.getuid(), owner.pw_uid}:
            raise CannotStart(f"The folder {self.folder} is somebody else's: remove it.")
        os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o700)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the server, with its database made, for as long as the block takes."""
        with self.log.open("ab") as log:
            server = subprocess.Popen(
                self.command,
                cwd=self.folder,
                **_as_user(),
                stdout=log,
                stderr=log,
                # Ctrl-C is for us: we stop it when nobody needs it any more.
                start_new_session=True,
            )
        try:
            self._await_answer(server)
            self._create_database()
            yield
        finally:
            # The fast way: it ends the sessions that are left.
            server.send_signal(signal.SIGINT)
            server.wait(_START_SECONDS)

    def _await_answer(self, server: "subprocess.Popen[bytes]") -> None:
        gives_up_at = time.monotonic() + _START_SECONDS
        while server.poll() is None and time.monotonic() < gives_up_at:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise CannotStart(f"PostgreSQL did not start:\n{tail(self.log)}")

    def _create_database(self) -> None:
        with closing(self._connect()) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self.name,))
            if found.fetchone() is None:
                connection.execute(
                    psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(self.name))
                )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user=self.name, dbname="postgres", autocommit=True)


def user() -> str:
    """Return the user the server has to run as, "" for ourselves."""
    return UNPRIVILEGED if os.getuid() == 0 else ""


def check_user() -> None:
    """Raise CannotStart when there is nobody for the server to run as."""
    try:
        pwd.getpwnam(user() or pwd.getpwuid(os.getuid()).pw_name)
    except KeyError as error:
        raise CannotStart(
            f"PostgreSQL does not run as root, and there is no user {UNPRIVILEGED}. "
            f"On Debian: adduser --system {UNPRIVILEGED}"
        ) from error


def _as_user() -> dict[str, Any]:
    if not user():
        return {}
    return {"user": user(), "group": pwd.getpwnam(user()).pw_gid, "extra_groups": []}


def _program(name: str) -> Path:
    server = backends.find("postgres")
    if server is None:
        raise CannotStart(f"run-real {backends.missing('postgres')}.")
    # Not resolved: it stands beside the server under the name it was found by.
    return server.parent / name
