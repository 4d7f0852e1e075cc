"""Running a stage from the first check to the last program's end."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from environs import EnvError

from webstore.demo import preflight, surroundings
from webstore.demo.configuration import supervisor_configuration
from webstore.demo.places import ROOT, Places
from webstore.demo.readiness import not_ready
from webstore.demo.stage import Stage
from webstore.demo.supervision import NO_ANSWER, Death, Supervisor, tail

START_SECONDS = 90
_LOOK_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop."""


def play(build: Callable[[], Stage]) -> int:
    """Run what `build` returns until somebody stops it; return the exit status."""
    try:
        stage = build()
        preflight.check(stage.places)
    except (preflight.CannotStart, EnvError) as reason:
        print(reason, file=sys.stderr)
        return 1
    for number in _SIGNALS:
        signal.signal(number, _ask_to_stop)
    try:
        return _run(stage)
    except Stopped:
        return 0
    except preflight.CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not leave half of the programs behind.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _run(stage: Stage) -> int:
    environment = surroundings.environment(stage.places)
    _make_folders(stage.places)
    write_environment(stage.places)
    _say("Preparing the database and the shelves ...")
    stage.prepare(environment)
    supervisord = _start(stage, environment)
    supervisor = Supervisor(stage.places)
    try:
        return watch(stage, supervisord, supervisor)
    finally:
        _stop(supervisord, supervisor)


def _make_folders(places: Places) -> None:
    for folder in (places.logs, places.runtime):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in places.logs.glob("*.log"):
        old.unlink()


def write_environment(places: Places) -> None:
    """Leave the environment for manage.py, so that it works on this demo's data."""
    lines = [f"{key}={_quoted(value)}" for key, value in places.environment().items()]
    (places.data / "demo.env").write_text("\n".join(lines) + "\n")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fill_database(environment: dict[str, str]) -> None:
    """Bring the shop's tables and products into its database, which has to answer by now."""
    command = [sys.executable, "manage.py", "prepare_demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise preflight.CannotStart("The demo could not be prepared; the reason stands above.")


def _start(stage: Stage, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    configuration = stage.places.runtime / "supervisord.conf"
    configuration.write_text(supervisor_configuration(stage))
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    # A session of its own: Ctrl-C reaches only us, and we stop the programs in order. A pipe for
    # its complaints: when they cannot be written, as to a file on a full disk, supervisord dies.
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stderr=subprocess.PIPE
    )
    threading.Thread(target=_drain, args=(started,), daemon=True).start()
    return started


def _drain(supervisord: "subprocess.Popen[bytes]") -> None:
    """Hand on what supervisord complains about, as far as anybody can take it."""
    for line in supervisord.stderr or ():
        with suppress(OSError):
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()


def watch(
    stage: Stage,
    supervisord: "subprocess.Popen[bytes]",
    supervisor: Supervisor,
    *,
    start_seconds: float = START_SECONDS,
) -> int:
    """Tell where everything is; return 1 when a program dies by itself or does not come to answer."""
    is_told = False
    gives_up_at = time.monotonic() + start_seconds
    while supervisord.poll() is None:
        if death := _first_death(supervisor):
            _say(f"\n{death.last_lines}\n\n{death.program} died ({death.how}); its last lines stand above.")
            return 1
        silent = [] if is_told else not_ready(stage)
        if silent and time.monotonic() > gives_up_at:
            _say(_never_ready(silent, stage.places, start_seconds))
            return 1
        if not is_told and not silent:
            _say(stage.welcome)
            is_told = True
        time.sleep(_LOOK_SECONDS if is_told else 0.1)
    _say(f"{tail(stage.places.logs / 'supervisor.log')}\n\nsupervisord died; its last lines stand above.")
    return 1


def _never_ready(silent: list[str], places: Places, seconds: float) -> str:
    logs = " ".join(str(places.logs / f"{name}.log") for name in silent)
    return f"No answer after {seconds:g} s from {', '.join(silent)}. Look into {logs}"


def _first_death(supervisor: Supervisor) -> Death | None:
    try:
        return supervisor.first_death()
    except NO_ANSWER:
        return None


def _stop(supervisord: "subprocess.Popen[bytes]", supervisor: Supervisor) -> None:
    _say("\nStopping ...")
    try:
        supervisor.stop_in_order()
    except NO_ANSWER:
        # It is not up yet, or on its way out: its own shutdown does the rest.
        supervisord.terminate()
    supervisord.wait()
    supervisor.kill_orphans()


def _say(text: str) -> None:
    # The terminal may be gone, which is no reason to leave the programs behind.
    with suppress(OSError):
        print(text, flush=True)
