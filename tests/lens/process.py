"""A lens as it runs: its own process on free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests
from google.protobuf.message import Message

ROOT = Path(__file__).resolve().parents[2]
PROTOBUF = {"Content-Type": "application/x-protobuf"}
START_SECONDS = 20.0


class LensProcess:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.file = folder / "lens.sqlite3"
        self.log = folder / "lens.log"
        self._pages_port, self._otlp_port = free_ports()
        self._environment = {
            "PATH": os.environ["PATH"],
            "WEBSTORE_DATA": str(folder),
            "LENS_PORT": str(self._pages_port),
            "LENS_OTLP_PORT": str(self._otlp_port),
            **environment,
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "webstore.lens"]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        give_up_at = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)

    def kill(self) -> None:
        """End every process of it at once, as a crash would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def pages_url(self) -> str:
        return f"http://127.0.0.1:{self._pages_port}"

    @property
    def worker_pid(self) -> int:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return int(children.split()[0])

    @property
    def peak_bytes(self) -> int:
        """Return the most memory the worker ever had."""
        status = Path(f"/proc/{self.worker_pid}/status").read_text()
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(kilobytes) * 1024

    def page(self, path: str, **options: object) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self._pages_port}{path}", timeout=10, **options)  # type: ignore[arg-type]

    def otlp_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._otlp_port}{path}"

    def send(self, path: str, message: Message) -> requests.Response:
        return self.post(path, message.SerializeToString(), PROTOBUF)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        return requests.post(self.otlp_url(path), body, headers=headers, timeout=20)

    def _answers(self) -> bool:
        try:
            return requests.get(self.otlp_url("/healthz"), timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
