"""Where one demo lives: its folder, its ports, its sockets, and the environment that says so."""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from environs import Env, validate

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
# A unix socket's address holds 108 bytes, and URLs with odd signs in them are trouble.
_WEBHOOK_SECRET = "demo-provider_webhook_secret"  # noqa: S105 - known to everybody, as all of the demo's
PLAIN_SOCKET_PATH = re.compile(r"^[\w./-]{1,80}$", re.ASCII)


@dataclass(frozen=True)
class Places:
    """The demo's folder and its four ports, all on loopback."""

    data: Path
    web_port: int = 8000
    lens_port: int = 8001
    provider_port: int = 8002
    otlp_port: int = 4318

    # What whoever starts it types.
    command: ClassVar[str] = "make run"

    @classmethod
    def from_environment(cls, data: Path) -> Self:
        """Return places with the ports that the environment names, in WEBSTORE_DATA or else `data`."""
        env = Env()
        is_port = validate.Range(min=1, max=65_535)
        usual = cls(env.path("WEBSTORE_DATA", data).resolve())
        ports: dict[str, Any] = {
            name.lower(): env.int(name, port, validate=is_port) for name, port in usual.ports.items()
        }
        return replace(usual, **ports)

    @property
    def ports(self) -> dict[str, int]:
        """Return each port by the name of the variable that moves it."""
        names = [field.name for field in fields(self) if field.name.endswith("_port")]
        return {name.upper(): getattr(self, name) for name in names}

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def runtime(self) -> Path:
        """Return the folder for sockets and locks: below the data, or in /tmp when that path won't do."""
        inside = self.data / "run"
        if PLAIN_SOCKET_PATH.match(str(inside)):
            return inside
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"webstore-{os.getuid()}-{digest}"

    @property
    def broker_socket(self) -> Path:
        return self.runtime / "broker.sock"

    @property
    def control_socket(self) -> Path:
        return self.runtime / "supervisor.sock"

    def url(self, port: int, path: str = "/") -> str:
        return f"http://{HOST}:{port}{path}"

    def environment(self) -> dict[str, str]:
        """Return all that the programs need to know beyond what the user's own environment says."""
        return {
            "WEBSTORE_DEMO": "1",
            "WEBSTORE_DATA": str(self.data),
            "STATIC_ROOT": str(self.data / "static"),
            "WEBSTORE_SLOTS": str(self.runtime / "slots"),
            "WEBSTORE_TRACE_URL": self.url(self.lens_port, "/traces/{trace_id}"),
            "WEBSTORE_METRICS_URL": self.url(self.lens_port, ""),
            "WEBSTORE_TRACES_URL": self.url(self.lens_port, ""),
            "WEBSTORE_AUDIT_SECONDS": os.environ.get("WEBSTORE_AUDIT_SECONDS", "60"),
            "DATABASE_URL": f"sqlite:///{quote(str(self.data / 'shop.sqlite3'))}",
            "BROKER_URL": f"redis+socket://{self.broker_socket}?virtual_host=0",
            "PROVIDER_URL": self.url(self.provider_port, ""),
            "WEB_BIND": f"{HOST}:{self.web_port}",
            "SANDBOX_PORT": str(self.provider_port),
            "SANDBOX_LEDGER": str(self.data / "ledger.sqlite3"),
            # "" for a provider that tells nothing by itself.
            "SANDBOX_WEBHOOK_URL": os.environ.get(
                "SANDBOX_WEBHOOK_URL", self.url(self.web_port, "/webhooks/payments")
            ),
            "PROVIDER_WEBHOOK_SECRETS": _WEBHOOK_SECRET,
            "LENS_FILE": str(self.data / "lens.sqlite3"),
            "LENS_PORT": str(self.lens_port),
            "LENS_OTLP_PORT": str(self.otlp_port),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url(self.otlp_port, ""),
            "OTEL_METRIC_EXPORT_INTERVAL": "5000",
            "OTEL_BSP_SCHEDULE_DELAY": "1000",
            # SIGTERM ends a worker softly: it finishes what it can, and gives the rest back. That takes
            # two seconds more, and the supervisor waits for three: see programs.py.
            "REMAP_SIGTERM": "SIGQUIT",
            "WORKER_SOFT_SHUTDOWN_SECONDS": "0.5",
            "PYTHONUNBUFFERED": "1",
            # Else glibc keeps a heap of its own for each thread.
            "MALLOC_ARENA_MAX": "1",
            # readiness.py reads in the logs that a worker is ready.
            "LOG_LEVEL": "INFO",
        }
