"""The shop's own programs around small work: gunicorn and Celery as they are configured for the shop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socket import socket

import requests

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT
from tests.lifecycle.place import Place


class Program:
    """A running program and the processes it forked."""

    def __init__(self, place: Place, *command: str, environment: dict[str, str]) -> None:
        self.log = place.folder / "program.log"
        with self.log.open("a") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    @property
    def children(self) -> list[int]:
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_children(self) -> None:
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM, *, within: float = 10) -> float:
        """Ask it to stop; return how many seconds that took."""
        began = time.monotonic()
        self.send(number)
        self._process.wait(within)
        return time.monotonic() - began

    def has_said(self, words: str, *, times: int = 1) -> bool:
        return self.log.read_text().count(words) >= times

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Site(Program):
    """The small site under gunicorn, with the shop's configuration."""

    def __init__(self, place: Place, *options: str, **environment: str) -> None:
        self.bound = ("127.0.0.1", _free_port())
        self.address = "{}:{}".format(*self.bound)
        command = (
            f"{sys.prefix}/bin/gunicorn",
            "-c",
            "webstore/gunicorn.py",
            *options,
            "tests.lifecycle.site",
        )
        own = {"WEB_BIND": self.address, "DJANGO_SETTINGS_MODULE": "tests.lifecycle.settings", **environment}
        super().__init__(place, *command, environment=place.environment(**own))
        workers = 1 if "--workers" in options else 2
        assert eventually(lambda: self.has_said("ready to serve", times=workers)), self.log.read_text()

    def get(self, path: str) -> str:
        """Return the trace id of a request that was answered, "" when it was not."""
        try:
            answer = requests.get(f"http://{self.address}{path}", timeout=20, headers={"Connection": "close"})
        except requests.RequestException:
            return ""
        return answer.text.strip() if answer.ok else ""

    def gets(self, path: str, *, times: int) -> list[str]:
        return [self.get(path) for _ in range(times)]


class InBackground:
    """Asks in a thread of its own, once or until the block ends; `answers` are whole after the block."""

    def __init__(self, ask: Callable[[], str], *, threads: int = 1, is_repeated: bool = False) -> None:
        self.answers: list[str] = []
        self._ask = ask
        self._is_repeated = is_repeated
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self) -> "InBackground":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    @property
    def answered(self) -> list[str]:
        return [answer for answer in self.answers if answer]

    def _run(self) -> None:
        self.answers.append(self._ask())
        while self._is_repeated and not self._is_over.is_set():
            self.answers.append(self._ask())


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
