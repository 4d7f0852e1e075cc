"""A stage's programs under a supervisor that brings back what dies, as every cluster has one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT
from webstore.demo.configuration import supervisor_configuration
from webstore.demo.readiness import not_ready
from webstore.demo.running import START_SECONDS
from webstore.demo.stage import Stage
from webstore.demo.supervision import NO_ANSWER, Supervisor, tail

# More than any program is given to stop.
_END_SECONDS = 30


@contextmanager
def supervised(stage: Stage, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start everything, wait until it answers, and stop it in order at the end."""
    configuration = stage.places.runtime / "supervisord.conf"
    configuration.write_text(_configuration(stage))
    supervisor = Supervisor(stage.places)
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    with (stage.places.logs / "supervisord.err").open("w") as complaints:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True, stderr=complaints, text=True
        )
        try:
            eventually(lambda: process.poll() is not None or not not_ready(stage), seconds=START_SECONDS)
            assert not not_ready(stage), _last_words(stage)
            yield process
        finally:
            _stop(process, supervisor)


def _configuration(stage: Stage) -> str:
    """Return the demo's configuration, but for the one difference: there a death ends everything."""
    config = RawConfigParser()
    config.read_string(supervisor_configuration(stage))
    for section in config.sections():
        if section.startswith("program:"):
            # Also one that dies in its first second, as a worker without its database does.
            config[section].update({"autorestart": "true", "startretries": "1000"})
    text = StringIO()
    config.write(text)
    return text.getvalue()


def _last_words(stage: Stage) -> str:
    silent = not_ready(stage)
    return "\n".join(f"{name} does not answer: {tail(stage.places.logs / f'{name}.log')}" for name in silent)


def _stop(process: "subprocess.Popen[str]", supervisor: Supervisor) -> None:
    try:
        supervisor.stop_in_order()
    except NO_ANSWER:
        process.send_signal(signal.SIGTERM)
    process.wait(30)
    supervisor.kill_orphans()


def children_of(pid: int) -> list[int]:
    """Return the processes a living process has started, [] when it lives no more."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def end(process: "subprocess.Popen[bytes]") -> None:
    """Let a program that runs beside the tree stop; when it does not, kill it and its children, and fail."""
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in (*children_of(process.pid), process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        raise
