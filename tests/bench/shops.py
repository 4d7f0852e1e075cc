"""The shop once per arm, all at the same time, over one database and one lens."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.bench import arms
from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, outer_environment
from tests.lens.process import LensProcess, free_ports


@dataclass(frozen=True)
class Shop:
    """One arm's gunicorn."""

    arm: str
    port: int
    truth: Path
    process: "subprocess.Popen[bytes]"

    def cpu_seconds(self) -> float:
        """Return the CPU all threads of all workers have used so far (Linux, to the nanosecond)."""
        return sum(_cpu_ns(pid) for pid in self._workers()) / 1e9

    def await_start(self) -> None:
        eventually(lambda: self._is_up() or self.process.poll() is not None)
        if not self._is_up():
            raise RuntimeError(f"the shop {self.arm!r} did not start")

    def _is_up(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/trivial", timeout=20).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _workers(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_ns(pid: int) -> int:
    stats = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(stat.read_text().split()[0]) for stat in stats)


@contextmanager
def running_shops(folder: Path, names: Sequence[str]) -> Iterator[tuple[LensProcess, dict[str, Shop]]]:
    """Start a lens and a shop for each arm; stop the shops first, so that all they told arrives."""
    lens = LensProcess(folder)
    lens.start()
    try:
        environment = _environment(folder, lens)
        with (folder / "shop.log").open("wb") as log:
            command = [sys.executable, "manage.py", "prepare_demo"]
            subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)
        with ExitStack() as stack:
            shops = {arm: stack.enter_context(_shop(arm, folder, environment)) for arm in names}
            for shop in shops.values():
                shop.await_start()
            yield lens, shops
    finally:
        lens.stop()


@contextmanager
def _shop(arm: str, folder: Path, environment: dict[str, str]) -> Iterator[Shop]:
    port, _ = free_ports()
    truth = folder / f"truth-{arm}"
    truth.mkdir()
    own = {
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEBSTORE_INSTANCE": arm,
        "BENCH_ARM": arm,
        "BENCH_TRUTH": str(truth),
        **arms.ENVIRONMENT.get(arm, {}),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "tests/bench/gunicorn.py", "tests.bench.wsgi"]
    with (folder / f"{arm}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**environment, **own}, stdout=log, stderr=log)
        try:
            yield Shop(arm, port, truth, process)
        finally:
            process.terminate()
            process.wait(60)


def _environment(folder: Path, lens: LensProcess) -> dict[str, str]:
    foreign = {key for key in os.environ if key.startswith("OTEL_")}
    return {key: value for key, value in outer_environment().items() if key not in foreign} | {
        "WEBSTORE_DEMO": "1",
        "WEBSTORE_DATA": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "WEBSTORE_SLOTS": str(folder / "slots"),
        "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url(""),
        # As in production, like the ratio.
        "OTEL_METRIC_EXPORT_INTERVAL": "15000",
        "OTEL_BSP_SCHEDULE_DELAY": "1000",
    }
