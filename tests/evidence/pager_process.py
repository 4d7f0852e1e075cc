"""A pager as it runs: its own process on a free port; and what Alertmanager sends it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.lens.process import ROOT, free_ports

_START_SECONDS = 20.0
NOWHERE = "http://127.0.0.1:1"


class PagerProcess:
    def __init__(self, folder: Path, **environment: str) -> None:
        bind = environment.setdefault("PAGER_BIND", f"127.0.0.1:{free_ports()[0]}")
        self.port = int(bind.rpartition(":")[2])
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"pager-{self.port}.log"
        self._environment = {
            "PATH": os.environ["PATH"],
            "WEBSTORE_METRICS_URL": NOWHERE,
            "WEBSTORE_TRACES_URL": NOWHERE,
            "WEBSTORE_TRACE_URL": "https://grafana.example/trace/{trace_id}?a=1&b=2",
            **environment,
        }

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def worker_pid(self) -> int:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return int(children.split()[0])

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webstore.evidence.pager"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + _START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(self.log)
            time.sleep(0.05)

    def stop(self) -> int:
        """Return the exit status of a stop by SIGTERM."""
        self._process.terminate()
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).text == "ok\n"
        except (requests.ConnectionError, requests.Timeout):
            return False

    def send(self, *alerts: dict[str, Any], **fields: object) -> requests.Response:
        return self.post(notification(*alerts, **fields))

    def post(self, document: object, **options: Any) -> requests.Response:
        return requests.post(f"{self.url}/alerts", json=document, timeout=30, **options)


@contextmanager
def running_pager(folder: Path, **environment: str) -> Iterator[PagerProcess]:
    process = PagerProcess(folder, **environment)
    process.start()
    try:
        yield process
    finally:
        process.stop()


def alert(name: str = "HighPaymentLatency", *, status: str = "firing", **annotations: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "critical"},
        "annotations": {"summary": "Payments take long", **annotations},
        "startsAt": "2026-01-31T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": f"{name.encode().hex():0<16.16}",
    }


def notification(*alerts: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return what Alertmanager sends for a group: it fires while one of its alerts does."""
    is_firing = any(each["status"] == "firing" for each in alerts)
    name = alerts[0]["labels"]["alertname"] if alerts else ""
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": "firing" if is_firing else "resolved",
        "receiver": "pager",
        "groupLabels": {"alertname": name},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
        **fields,
    }
