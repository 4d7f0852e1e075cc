"""The demo's programs and the supervisor configuration that runs them.

Supervisor stops groups from the highest priority down: what sends messages and spans goes
before what receives them.
"""

import os
import shlex
import sys
from configparser import RawConfigParser
from dataclasses import dataclass, field
from io import StringIO

from webstore.demo.places import Places


@dataclass(frozen=True)
class Program:
    name: str
    group: str
    command: tuple[str, ...]
    stop_seconds: float = 2
    environment: dict[str, str] = field(default_factory=dict)


# Group → priority. Highest stops first.
GROUPS = {"ends": 10, "provider": 20, "workers": 30, "front": 40}


def programs(places: Places) -> tuple[Program, ...]:
    """Return every program of the demo, in the order they start."""
    # As modules: the scripts in .venv/bin carry a path that not every shell can read.
    python = sys.executable
    beat = (*_celery("beat"), "--schedule", str(places.runtime / "beat"), "--pidfile", "")
    return (
        Program("broker", "ends", (python, "-m", "webstore.demo.broker", str(places.broker_socket))),
        Program("lens", "ends", (python, "-m", "webstore.lens")),
        Program(
            "provider",
            "provider",
            (python, "-m", "gunicorn", "-c", "payments/sandbox/gunicorn.py", "payments.sandbox.wsgi"),
            environment={"WEBSTORE_INSTANCE": "provider"},
        ),
        _worker("payments", children=2),
        _worker("default", children=1),
        Program("beat", "front", beat, environment={"WEBSTORE_INSTANCE": "beat"}),
        Program(
            "web",
            "front",
            (python, "-m", "gunicorn", "-c", "webstore/gunicorn.py", "webstore.wsgi"),
            # A browser's idle connection would use up the time of the last flush.
            environment={"WEBSTORE_INSTANCE": "web", "WEB_GRACEFUL_SECONDS": "2"},
        ),
    )


def _celery(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "webstore", command, "--loglevel", "INFO")


def _worker(queue: str, *, children: int) -> Program:
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    named = ("-Q", queue, "-n", f"{queue}@%h", "-c", str(children))
    return Program(
        f"worker-{queue}",
        "workers",
        (*_celery("worker"), *named, *alone),
        stop_seconds=3,
        environment={"WEBSTORE_INSTANCE": f"worker-{queue}"},
    )


def supervisor_configuration(places: Places) -> str:
    """Return the text of a supervisord.conf for all programs."""
    config = RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": _plain(places.logs / "supervisor.log"),
        "pidfile": _plain(places.runtime / "supervisor.pid"),
        "childlogdir": _plain(places.logs),
    }
    if os.getuid() == 0:
        # Said aloud, or supervisor warns about it.
        config["supervisord"]["user"] = "root"
    config["unix_http_server"] = {"file": _plain(places.control_socket), "chmod": "0700"}
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for group, priority in GROUPS.items():
        members = [program for program in programs(places) if program.group == group]
        config[f"group:{group}"] = {
            "programs": ",".join(program.name for program in members),
            "priority": str(priority),
        }
        for program in members:
            config[f"program:{program.name}"] = _section(program, places)
    text = StringIO()
    config.write(text)
    return text.getvalue()


def _section(program: Program, places: Places) -> dict[str, str]:
    return {
        "command": _plain(shlex.join(program.command)),
        "environment": ",".join(f'{key}="{value}"' for key, value in program.environment.items()),
        "autorestart": "false",
        "startsecs": "1",
        "startretries": "0",
        "stopwaitsecs": str(program.stop_seconds),
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _plain(_plain(places.logs / f"{program.name}.log")),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "1",
    }


def _plain(value: object) -> str:
    # Supervisor expands %(name)s in every value, and twice in a program's log file.
    return str(value).replace("%", "%%")
