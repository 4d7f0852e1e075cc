"""Where the shop lives when it runs with real back ends: more ports, and other addresses."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from webstore.demo import backends
from webstore.demo.places import HOST, PLAIN_SOCKET_PATH, ROOT, Places

DATABASE = "webstore"


@dataclass(frozen=True)
class RealPlaces(Places):
    """`otlp_port` is the Collector's here. The lens shows traces where there is no Tempo."""

    otlp_grpc_port: int = 4317
    traces_otlp_port: int = 4319
    pager_port: int = 8003
    # Not the usual ones: Debian's packages start servers of their own there, just for being installed.
    redis_port: int = 6380
    alertmanager_port: int = 9193
    prometheus_port: int = 9090
    collector_metrics_port: int = 8888
    collector_health_port: int = 13_133
    tempo_port: int = 3200
    tempo_grpc_port: int = 9095

    command: ClassVar[str] = "make run-real"

    @property
    def ports(self) -> dict[str, int]:
        others = {"LENS_PORT"} if self.has_tempo else {"TEMPO_PORT", "TEMPO_GRPC_PORT"}
        return {name: port for name, port in super().ports.items() if name not in others}

    @property
    def has_tempo(self) -> bool:
        return backends.find("tempo") is not None

    @property
    def prometheus(self) -> str:
        return self.url(self.prometheus_port, "")

    @property
    def alertmanager(self) -> str:
        return self.url(self.alertmanager_port, "")

    @property
    def pager(self) -> str:
        return self.url(self.pager_port, "")

    @property
    def traces(self) -> str:
        """Return what answers for traces."""
        return self.url(self.tempo_port if self.has_tempo else self.lens_port, "")

    @property
    def trace_page(self) -> str:
        """Return the template of a trace's address; Tempo itself has no page for people."""
        return self.traces + ("/api/v2/traces/{trace_id}" if self.has_tempo else "/traces/{trace_id}")

    @property
    def postgres(self) -> Path:
        """Return PostgreSQL's folder: below the data, or in /tmp when its user can't get there."""
        inside = self.data / "postgres"
        if PLAIN_SOCKET_PATH.match(str(inside)) and (os.getuid() != 0 or _is_open_to_all(self.data)):
            return inside
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"webstore-postgres-{os.getuid()}-{digest}"

    @property
    def database_url(self) -> str:
        return f"postgres://{DATABASE}@/{DATABASE}?host={quote(str(self.postgres), safe='')}"

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "DATABASE_URL": self.database_url,
            "BROKER_URL": f"redis://{HOST}:{self.redis_port}/0",
            "WEBSTORE_METRICS_URL": self.prometheus,
            "WEBSTORE_TRACES_URL": self.traces,
            "WEBSTORE_TRACE_URL": self.trace_page,
            # Tempo may lose spans of a trace that is asked for while it grows; see deploy/shop/webstore.env.
            "WEBSTORE_AUDIT_SETTLING_SECONDS": os.environ.get(
                "WEBSTORE_AUDIT_SETTLING_SECONDS", "120" if self.has_tempo else "10"
            ),
            "WEBSTORE_COLLECTOR_METRICS_URL": self.url(self.collector_metrics_port, "/metrics"),
            "LENS_OTLP_PORT": str(self.traces_otlp_port),
            "PAGER_BIND": f"{HOST}:{self.pager_port}",
            # Links of alerts. Grafana is not among the programs here: it is a matter of compose.
            "GRAFANA_URL": os.environ.get("GRAFANA_URL", self.url(3000, "")),
            "RUNBOOKS_URL": (ROOT / "deploy" / "runbooks").as_uri(),
        }


def _is_open_to_all(folder: Path) -> bool:
    way = (folder, *folder.parents)
    return all(place.stat().st_mode & 0o001 for place in way if place.exists())
