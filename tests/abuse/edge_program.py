"""The edge as a program one can ask."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.running import ROOT, outer_environment


class Edge:
    """Answers what a view behind the edge would hand on; remembers the traces it was told of."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.abuse.edge"]
        environment = {**outer_environment(), "WEBSTORE_DEMO": "1", "LOG_LEVEL": "CRITICAL"}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.trace_ids: set[str] = set()

    def ask(self, headers: dict[str, str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(headers) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def running_edge() -> Iterator[Edge]:
    edge = Edge()
    try:
        yield edge
    finally:
        edge.end()
