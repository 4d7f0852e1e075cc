"""Talking to supervisord: is everything running, what died, and its last lines."""

import http.client
import math
import os
import signal
import time
import xmlrpc.client
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from supervisor.states import ProcessStates
from supervisor.xmlrpc import SupervisorTransport

from webstore.demo.configuration import GROUPS, RECEIVERS
from webstore.demo.places import Places

# What a call raises while supervisord starts, stops, or is dead.
NO_ANSWER = (OSError, http.client.HTTPException, xmlrpc.client.Error)

_LOOK_SECONDS = 0.05
# How long one group of senders has the stop to itself.
_PATIENCE_SECONDS = 0.75
_ALIVE = {ProcessStates.STARTING, ProcessStates.RUNNING, ProcessStates.STOPPING}
_DEAD = {ProcessStates.EXITED, ProcessStates.FATAL, ProcessStates.UNKNOWN, ProcessStates.BACKOFF}


@dataclass(frozen=True)
class Death:
    program: str
    how: str
    last_lines: str


class Supervisor:
    """The running supervisord of one demo."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._groups: set[int] = set()

    def first_death(self) -> Death | None:
        """Return the program that died by itself, None while all run or were stopped on purpose."""
        for info in self._infos():
            if info["state"] in _DEAD:
                how = info["spawnerr"] or f"exit status {info['exitstatus']}"
                return Death(info["name"], how, tail(self._places.logs / f"{info['name']}.log"))
        return None

    def stop(self, program: str) -> None:
        """Stop one program on purpose."""
        self._call("stopProcess", self._full_name(program))

    def start(self, program: str) -> None:
        self._call("startProcess", self._full_name(program))

    def stop_in_order(self) -> None:
        """Stop every group, highest priority first, each one before the next; then supervisord.

        A group that takes long, because its telemetry finds nobody, does not hold up the next
        senders; what receives waits for all of them. Supervisord's own shutdown would notice each
        end up to a second late; our questions keep it awake.
        """
        present = {info["group"] for info in self._infos()}
        senders = present - set(RECEIVERS)
        for group in sorted(senders, key=GROUPS.__getitem__, reverse=True):
            self._call("stopProcessGroup", group, False)
            self._await_end({group}, seconds=_PATIENCE_SECONDS)
        self._await_end(senders)
        for group in (group for group in RECEIVERS if group in present):
            self._call("stopProcessGroup", group, False)
            self._await_end({group})
        self._call("shutdown")

    def _await_end(self, groups: set[str], *, seconds: float = math.inf) -> None:
        gives_up_at = time.monotonic() + seconds
        while time.monotonic() < gives_up_at:
            if not any(info["group"] in groups and info["state"] in _ALIVE for info in self._infos()):
                return
            time.sleep(_LOOK_SECONDS)

    def kill_orphans(self) -> None:
        """End what outlived its own main process, or supervisord. Each program is a process group."""
        for group in self._groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def pid(self, program: str) -> int:
        """Return the program's main process id, 0 when it does not run."""
        return next(int(info["pid"]) for info in self._infos() if info["name"] == program)

    def _full_name(self, program: str) -> str:
        return next(f"{info['group']}:{info['name']}" for info in self._infos() if info["name"] == program)

    def _infos(self) -> list[dict[str, Any]]:
        infos = cast(list[dict[str, Any]], self._call("getAllProcessInfo"))
        self._groups |= {int(info["pid"]) for info in infos if info["pid"]}
        return infos

    def _call(self, method: str, *arguments: object) -> object:
        transport = SupervisorTransport(None, None, f"unix://{self._places.control_socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            rpc: Any = proxy.supervisor
            return getattr(rpc, method)(*arguments)


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log, "" when there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
