"""What would stop the demo, found before anything starts, each as one line that says what to do."""

import os
import shutil
import socket
import sys
from contextlib import closing
from pathlib import Path

from webstore.demo.places import HOST, Places

NEEDED_MB = 100
# SQLite's own limit is 512, and it adds a suffix to our files' names.
LONGEST_PATH = 480
# In supervisor's configuration the rest of the line would be a comment.
_COMMENTS = (" #", " ;")


class CannotStart(Exception):
    """One sentence for the person at the terminal."""


def check(places: Places) -> None:
    """Raise CannotStart with the first thing that is in the way."""
    _check_path(places.data)
    _check_path(Path(sys.prefix))
    _check_folder(places.data)
    _check_not_running(places)
    _check_distinct(places)
    for variable, port in places.ports.items():
        _check_port(port, f"{places.command} {variable}={_another(port)}")


def _check_path(folder: Path) -> None:
    if len(os.fsencode(folder)) > LONGEST_PATH:
        raise CannotStart(f"The path {folder} is too long for SQLite: choose a shorter one.")
    if any(sign in str(folder) for sign in _COMMENTS):
        raise CannotStart(
            f"The path {folder} holds {' or '.join(map(repr, _COMMENTS))}: choose another name."
        )


def _check_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        free_mb = shutil.disk_usage(data).free // 2**20
    except OSError as error:
        raise CannotStart(f"The folder {data} can't be used: {error.strerror}.") from error
    if not os.access(data, os.W_OK):
        raise CannotStart(f"The folder {data} can't be written to: give it to you, or set WEBSTORE_DATA.")
    if free_mb < NEEDED_MB:
        raise CannotStart(
            f"The disk is nearly full: {free_mb} MB free in {data}, {NEEDED_MB} MB needed. Free some space."
        )


def _check_not_running(places: Places) -> None:
    if not places.control_socket.exists():
        return
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        if probe.connect_ex(str(places.control_socket)) == 0:
            pid_file = places.runtime / "supervisor.pid"
            pid = pid_file.read_text().strip() if pid_file.exists() else "unknown"
            raise CannotStart(f"The demo already runs on this data. Stop it first: kill {pid}")


def _check_distinct(places: Places) -> None:
    owners: dict[int, str] = {}
    for variable, port in places.ports.items():
        if port in owners:
            raise CannotStart(
                f"{owners[port]} and {variable} are both {port}. "
                f"Choose another: {places.command} {variable}={_another(port)}"
            )
        owners[port] = variable


def _check_port(port: int, elsewhere: str) -> None:
    with closing(socket.socket()) as probe:
        # As gunicorn does: a port whose last connections are still fading is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} can't be used: {error.strerror}. Free it, or choose another: {elsewhere}"
            ) from error


def _another(port: int) -> int:
    return port + 100 if port + 100 < 65_536 else port - 100
