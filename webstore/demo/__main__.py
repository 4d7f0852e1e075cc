"""Run the whole shop on this machine: `python -m webstore.demo`, or `make run`."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from environs import Env, EnvError, validate

from webstore.demo import preflight, surroundings
from webstore.demo.places import Places
from webstore.demo.programs import supervisor_configuration
from webstore.demo.readiness import not_ready
from webstore.demo.supervision import NO_ANSWER, Death, Supervisor, tail

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
_LOOK_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked the demo to stop."""


def main() -> int:
    try:
        places = _places()
        preflight.check(places)
    except (preflight.CannotStart, EnvError) as reason:
        print(reason, file=sys.stderr)
        return 1
    for number in _SIGNALS:
        signal.signal(number, _ask_to_stop)
    try:
        return _run(places)
    except Stopped:
        return 0
    except preflight.CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1


def _places() -> Places:
    env = Env()
    is_port = validate.Range(min=1, max=65_535)
    default = Places(data=ROOT / "var")
    return Places(
        data=env.path("WEBSTORE_DATA", default.data).resolve(),
        web_port=env.int("WEB_PORT", default.web_port, validate=is_port),
        lens_port=env.int("LENS_PORT", default.lens_port, validate=is_port),
        provider_port=env.int("PROVIDER_PORT", default.provider_port, validate=is_port),
        otlp_port=env.int("OTLP_PORT", default.otlp_port, validate=is_port),
    )


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not leave half of the programs behind.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _run(places: Places) -> int:
    environment = surroundings.environment(places)
    _make_folders(places)
    write_environment(places)
    _prepare(environment)
    supervisord = _start(places, environment)
    supervisor = Supervisor(places)
    try:
        return watch(places, supervisord, supervisor)
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


def _prepare(environment: dict[str, str]) -> None:
    _say("Preparing the database and the shelves ...")
    command = [sys.executable, "manage.py", "prepare_demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise preflight.CannotStart("The demo could not be prepared; the reason stands above.")


def _start(places: Places, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    configuration = places.runtime / "supervisord.conf"
    configuration.write_text(supervisor_configuration(places))
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
    places: Places,
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
        silent = [] if is_told else not_ready(places)
        if silent and time.monotonic() > gives_up_at:
            _say(_never_ready(silent, places, start_seconds))
            return 1
        if not is_told and not silent:
            _say(_welcome(places))
            is_told = True
        time.sleep(_LOOK_SECONDS if is_told else 0.1)
    _say(f"{tail(places.logs / 'supervisor.log')}\n\nsupervisord died; its last lines stand above.")
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


def _welcome(places: Places) -> str:
    return f"""
  The shop          {places.url(places.web_port)}
  Its orders        {places.url(places.web_port, "/admin/")}    user demo, password demo
  Dots and traces   {places.url(places.lens_port)}
  The provider      {places.url(places.provider_port)}    what was really charged

  Buy something, then open a dot. Logs are in {places.logs}. Ctrl-C stops everything.
"""


if __name__ == "__main__":
    sys.exit(main())
