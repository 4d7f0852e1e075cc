"""The practice provider as a real program on a port and ledger of its own, and a caller of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
API_KEY = "test-key"
_START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wanted(**changes: Any) -> dict[str, Any]:
    """Return the body of a good charge with `changes` made to it."""
    return {"amount": 4186, "currency": "usd", "source": "tok_approve", "reference": "K7QP", **changes}


@dataclass
class Provider:
    ledger: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "payments/sandbox/gunicorn.py"]
        environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "test-secret",
            "PROVIDER_API_KEY": API_KEY,
            "SANDBOX_LEDGER": str(self.ledger),
            "SANDBOX_PORT": str(self.port),
            **self.environment,
        }
        self._process = subprocess.Popen(
            [*command, "payments.sandbox.wsgi"], cwd=ROOT, env=environment, start_new_session=True
        )
        self._await_health()

    def stop(self) -> float:
        """Stop the program as a supervisor does and return how many seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        assert self._process.wait(timeout=10) == 0
        return time.monotonic() - began

    def kill(self) -> None:
        """End master and worker at once, as a power cut does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def charge(
        self, key: str, body: dict[str, Any] | None = None, *, timeout: float = 10, traceparent: str = ""
    ) -> requests.Response:
        sent = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key, "traceparent": traceparent}
        return requests.post(f"{self.url}/v1/charges", json=body or wanted(), headers=sent, timeout=timeout)

    def post(self, body: bytes) -> requests.Response:
        sent = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "k"}
        return requests.post(f"{self.url}/v1/charges", data=body, headers=sent, timeout=10)

    def get(self, path: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {API_KEY}"}
        return requests.get(f"{self.url}{path}", headers=sent, timeout=10)

    def put(self, **switches: Any) -> requests.Response:
        """Set the fault, the manner of telling events, or both."""
        sent = {"Authorization": f"Bearer {API_KEY}"}
        # Not `json=`: that refuses to send NaN.
        return requests.put(f"{self.url}/v1/control", data=json.dumps(switches), headers=sent, timeout=10)

    def mend(self) -> requests.Response:
        sent = {"Authorization": f"Bearer {API_KEY}"}
        return requests.delete(f"{self.url}/v1/control", headers=sent, timeout=10)

    def refund(
        self, key: str, charge: str, amount: int = 4186, *, timeout: float = 10, **wrong: Any
    ) -> requests.Response:
        """Ask for money back; `wrong` are further entries, or others instead."""
        body = {"charge": charge, "amount": amount, "reference": "K7QP-R1", **wrong}
        sent = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
        return requests.post(f"{self.url}/v1/refunds", json=body, headers=sent, timeout=timeout)

    def charges(self, reference: str = "K7QP") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/v1/charges?reference={reference}").json()["data"]
        return found

    def _await_health(self) -> None:
        assert self._process is not None
        gives_up_at = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, f"the provider ended with {self._process.returncode}"
            assert time.monotonic() < gives_up_at, "the provider does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False
