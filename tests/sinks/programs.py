"""The shop's real programs without the lens, sending to a sink that fails on command."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, free_places, outer_environment
from tests.faults.inside.arming import armed
from tests.sinks.sink import Mode
from webstore.demo.places import Places
from webstore.demo.programs import programs
from webstore.demo.shopper import Shopper

ALL = ("broker", "provider", "worker-payments", "worker-default", "beat", "web")
# What sends telemetry, in the order a stop wants.
SENDERS = ("web", "beat", "worker-payments", "worker-default", "provider")


@dataclass(frozen=True)
class Record:
    """What a sink has taken so far, in the order it came."""

    spans: list[dict[str, Any]]
    exemplars: list[dict[str, Any]]
    values: list[tuple[list[str], float]]

    def total(self, metric: str, label: str = "", *, program: str = "") -> float:
        """Return the sum of a counter's, or a histogram count's, last values."""
        return sum(
            value
            for (instance, name, *labels), value in self.values
            if name == metric and instance.startswith(program) and (not label or label in labels)
        )

    def lost(self, program: str) -> float:
        return self.total("webstore.spans.lost", program=program)

    def dots(self, metric: str) -> set[str]:
        """Return the ids of the traces a metric's exemplars name."""
        return {found["trace_id"] for found in self.exemplars if found["metric"] == metric}

    def names_of(self, trace_id: str) -> set[str]:
        return {span["name"] for span in self.spans if span["trace_id"] == trace_id}


@dataclass(frozen=True)
class Sink:
    control: str
    otlp: str

    def switch(self, mode: Mode) -> None:
        requests.post(f"{self.control}/{mode}", timeout=10).raise_for_status()

    def record(self) -> Record:
        told = requests.get(f"{self.control}/record", timeout=30).json()
        return Record(**told)

    def bodies(self) -> bytes:
        """Return everything it took, unpacked, one body after the other."""
        return requests.get(f"{self.control}/bodies", timeout=30).content


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    places = free_places(folder)
    command = [sys.executable, "-m", "tests.sinks.sink", str(places.lens_port), str(places.otlp_port)]
    process = subprocess.Popen(command, cwd=ROOT)
    sink = Sink(places.url(places.lens_port, ""), places.url(places.otlp_port, ""))
    try:
        eventually(lambda: _answers(f"{sink.control}/record"))
        yield sink
    finally:
        process.kill()
        process.wait()


@dataclass
class Programs:
    """Programs of one shop, each with its log."""

    places: Places
    environment: dict[str, str]
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def shop(self) -> str:
        return self.places.url(self.places.web_port, "")

    def shopper(self) -> Shopper:
        return Shopper(self.shop)

    def start(self, *names: str) -> None:
        """Start those of these programs that do not run, and wait until they answer."""
        missing = set(names) - self._running.keys()
        # The switch of the fault tests does nothing until it is told to.
        for program in armed(programs(self.places)):
            if program.name in missing:
                with (self.places.logs / f"{program.name}.log").open("wb") as log:
                    environment = {**self.environment, **program.environment}
                    self._running[program.name] = subprocess.Popen(
                        program.command, cwd=ROOT, env=environment, stdout=log, stderr=log
                    )
        eventually(lambda: all(self._is_ready(name) for name in missing), seconds=60)

    def stop(self, *names: str) -> dict[str, float]:
        """Send SIGTERM to all at once; return how many seconds each took."""
        began = time.monotonic()
        stopping = {name: self._running.pop(name) for name in names if name in self._running}
        for process in stopping.values():
            process.send_signal(signal.SIGTERM)
        took: dict[str, float] = {}
        while len(took) < len(stopping) and time.monotonic() - began < 20:
            for name, process in stopping.items():
                if name not in took and process.poll() is not None:
                    took[name] = time.monotonic() - began
            time.sleep(0.01)
        for name in stopping.keys() - took.keys():
            stopping[name].kill()
            took[name] = float("inf")
        return took

    def end(self) -> None:
        self.stop(*SENDERS)
        self.stop("broker")

    def log(self, name: str) -> str:
        return (self.places.logs / f"{name}.log").read_text(errors="replace")

    def trace_of(self, order_path: str) -> str:
        """Return the id of an order's trace, read from the database from outside."""
        with closing(sqlite3.connect(self.places.data / "shop.sqlite3", timeout=10)) as db:
            token = order_path.rsplit("/", 1)[-1]
            [row] = db.execute("SELECT trace_id FROM orders_order WHERE token = ?", (token,)).fetchall()
        return str(row[0])

    def memory(self, *names: str) -> dict[int, float]:
        """Return MiB in use by pid of every process of these programs."""
        pids = [pid for name in names for pid in family(self._running[name].pid)]
        return {pid: _rss_mib(pid) for pid in pids}

    def _is_ready(self, name: str) -> bool:
        if name == "web":
            return _answers(f"{self.shop}/readyz")
        if name == "provider":
            return _answers(self.places.url(self.places.provider_port, "/healthz"))
        return "ready" in self.log(name) or "beat: Starting" in self.log(name)


@contextmanager
def running_programs(folder: Path, sink: Sink, **environment: str) -> Iterator[Programs]:
    places = free_places(folder)
    for path in (places.logs, places.runtime):
        path.mkdir(parents=True, exist_ok=True)
    own = {**outer_environment(), **places.environment()}
    own |= {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.otlp, "OTEL_METRIC_EXPORT_INTERVAL": "1000", **environment}
    prepare = [sys.executable, "manage.py", "prepare_demo"]
    subprocess.run(prepare, cwd=ROOT, env=own, check=True, capture_output=True)
    started = Programs(places, own)
    try:
        started.start("broker")
        started.start(*(name for name in ALL if name != "broker"))
        yield started
    finally:
        started.end()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def family(root: int) -> list[int]:
    """Return the ids of a process and of all below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children[int(stat.read_text().rpartition(")")[2].split()[1])].append(int(stat.parent.name))
        except OSError:
            continue
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def _rss_mib(pid: int) -> float:
    status = (Path("/proc") / str(pid) / "status").read_text()
    [kib] = re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(kib) / 1024
