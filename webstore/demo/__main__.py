"""Run the whole shop on this machine: `python -m webstore.demo`, or `make run`."""

import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from pathlib import Path
from types import FrameType

from environs import Env, EnvError

from webstore.demo import preflight
from webstore.demo.places import Places
from webstore.demo.programs import supervisor_configuration
from webstore.demo.readiness import not_ready
from webstore.demo.supervision import Supervisor, tail

ROOT = Path(__file__).resolve().parents[2]
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
    default = Places(data=ROOT / "var")
    return Places(
        data=env.path("WEBSTORE_DATA", default.data).resolve(),
        web_port=env.int("WEB_PORT", default.web_port),
        lens_port=env.int("LENS_PORT", default.lens_port),
        provider_port=env.int("PROVIDER_PORT", default.provider_port),
        otlp_port=env.int("OTLP_PORT", default.otlp_port),
    )


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    # One is enough: a second Ctrl-C must not leave half of the programs behind.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _run(places: Places) -> int:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    environment |= places.environment()
    _make_folders(places)
    _write_environment(places)
    _prepare(environment)
    supervisord = _start(places, environment)
    try:
        return _watch(places, supervisord)
    finally:
        _stop(places, supervisord)


def _make_folders(places: Places) -> None:
    for folder in (places.logs, places.runtime):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in places.logs.glob("*.log"):
        old.unlink()


def _write_environment(places: Places) -> None:
    """Leave the environment for manage.py, so that it works on this demo's data."""
    lines = [f"{key}='{value}'" for key, value in places.environment().items()]
    (places.data / "demo.env").write_text("\n".join(lines) + "\n")


def _prepare(environment: dict[str, str]) -> None:
    print("Preparing the database and the shelves ...", flush=True)
    command = [sys.executable, "manage.py", "prepare_demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise preflight.CannotStart("The demo could not be prepared; the reason stands above.")


def _start(places: Places, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    configuration = places.runtime / "supervisord.conf"
    configuration.write_text(supervisor_configuration(places))
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    # A session of its own: Ctrl-C reaches only us, and we stop the programs in order.
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)


def _watch(places: Places, supervisord: "subprocess.Popen[bytes]") -> int:
    """Tell where everything is, then return 1 as soon as a program dies by itself."""
    supervisor = Supervisor(places)
    is_told = False
    while supervisord.poll() is None:
        if places.control_socket.exists() and (death := supervisor.first_death()):
            print(f"\n{death.last_lines}\n\n{death.program} died ({death.how}); its last lines stand above.")
            return 1
        if not is_told and not not_ready(places):
            print(_welcome(places), flush=True)
            is_told = True
        time.sleep(_LOOK_SECONDS if is_told else 0.1)
    print(tail(places.logs / "supervisor.log"), file=sys.stderr)
    return 1


def _stop(places: Places, supervisord: "subprocess.Popen[bytes]") -> None:
    print("\nStopping ...", flush=True)
    try:
        Supervisor(places).stop_in_order()
    except (OSError, xmlrpc.client.Error) as reason:
        # It is not up yet, or on its way out: its own shutdown does the rest.
        print(f"(supervisor: {reason})", file=sys.stderr)
        supervisord.terminate()
    supervisord.wait()


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
