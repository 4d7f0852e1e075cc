"""The supervisor configuration that runs a stage's programs.

Supervisor stops groups from the highest priority down: what sends messages and spans goes
before what receives them.
"""

import os
import shlex
from configparser import RawConfigParser
from io import StringIO

from webstore.demo.places import Places
from webstore.demo.programs import Program
from webstore.demo.stage import Stage

# Group → priority. Highest stops first; a relay hands on what the others have sent.
GROUPS = {"ends": 10, "relays": 15, "provider": 20, "workers": 30, "front": 40}
RECEIVERS = ("relays", "ends")


def supervisor_configuration(stage: Stage) -> str:
    """Return the text of a supervisord.conf for all programs."""
    places = stage.places
    config = RawConfigParser()
    config["supervisord"] = _daemon(places)
    config["unix_http_server"] = {"file": _plain(places.control_socket), "chmod": "0700"}
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for group, priority in GROUPS.items():
        members = [program for program in stage.programs if program.group == group]
        if not members:
            continue
        names = ",".join(program.name for program in members)
        config[f"group:{group}"] = {"programs": names, "priority": str(priority)}
        for program in members:
            config[f"program:{program.name}"] = _section(program, places)
    text = StringIO()
    config.write(text)
    return text.getvalue()


def _daemon(places: Places) -> dict[str, str]:
    section = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": _plain(places.logs / "supervisor.log"),
        "pidfile": _plain(places.runtime / "supervisor.pid"),
        "childlogdir": _plain(places.logs),
    }
    # Said aloud, or supervisor warns about it.
    return section | ({"user": "root"} if os.getuid() == 0 else {})


def _section(program: Program, places: Places) -> dict[str, str]:
    section = {
        "command": _plain(shlex.join(program.command)),
        "environment": ",".join(f'{key}="{_plain(value)}"' for key, value in program.environment.items()),
        "autorestart": "false",
        "startsecs": "1",
        "startretries": "0",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_seconds),
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _plain(_plain(places.logs / f"{program.name}.log")),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "1",
    }
    if program.user:
        section["user"] = program.user
    if program.folder:
        section["directory"] = _plain(program.folder)
    return section


def _plain(value: object) -> str:
    # Supervisor expands %(name)s in every value, and twice in a program's log file.
    return str(value).replace("%", "%%")
