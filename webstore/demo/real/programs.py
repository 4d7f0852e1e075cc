"""The back ends as production has them, started from the very files of deploy/."""

import os
import sys
from pathlib import Path

from webstore.demo import backends
from webstore.demo.places import HOST, ROOT
from webstore.demo.preflight import CannotStart
from webstore.demo.programs import Program, lens, shop_programs
from webstore.demo.real import postgres
from webstore.demo.real.places import RealPlaces
from webstore.demo.real.setting_up import alertmanager_file, database, prometheus_file

DEPLOY = ROOT / "deploy"
NEEDED = ("otelcol", "prometheus", "alertmanager", "postgres", "redis-server")


def check() -> None:
    """Raise CannotStart when a back end is missing here, with how to get it."""
    if lacks := backends.missing(*NEEDED):
        raise CannotStart(f"make run-real {lacks}.")
    if os.environ.get("TEMPO_BIN") and backends.find("tempo") is None:
        raise CannotStart(
            f"TEMPO_BIN is no program: {os.environ['TEMPO_BIN']}. Unset it for the lens instead."
        )
    postgres.check_user()


def programs(places: RealPlaces) -> tuple[Program, ...]:
    """Return everything, in the order it starts."""
    return (
        _postgres(places),
        _redis(places),
        _prometheus(places),
        _alertmanager(places),
        _pager(places),
        _tempo(places) if places.has_tempo else lens(places),
        _collector(places),
        *shop_programs(places),
    )


def _postgres(places: RealPlaces) -> Program:
    server = database(places)
    return Program(
        "postgres",
        "ends",
        server.command,
        stop_seconds=10,
        says="ready to accept connections",
        user=postgres.user(),
        folder=server.folder,
        # Fast: it ends the sessions that are left.
        stop_signal="INT",
    )


def _redis(places: RealPlaces) -> Program:
    # Nothing on disk: it is a doorbell.
    keeps_nothing = ("--save", "", "--appendonly", "no")
    address = ("--bind", HOST, "--port", str(places.redis_port))
    command = (_found("redis-server"), *address, *keeps_nothing, "--dir", str(places.runtime))
    return Program("redis", "ends", command, says="Ready to accept connections")


def _prometheus(places: RealPlaces) -> Program:
    command = (
        _found("prometheus"),
        f"@{DEPLOY / 'prometheus' / 'flags'}",
        f"--config.file={prometheus_file(places)}",
        f"--storage.tsdb.path={places.data / 'prometheus' / 'data'}",
        f"--web.listen-address={HOST}:{places.prometheus_port}",
        # Links of its own would name this machine, on which it listens to nobody.
        f"--web.external-url={places.prometheus}",
    )
    ready = places.prometheus + "/-/ready"
    return Program("prometheus", "ends", command, stop_seconds=5, answers_at=ready)


def _alertmanager(places: RealPlaces) -> Program:
    command = (
        _found("alertmanager"),
        f"--config.file={alertmanager_file(places)}",
        f"--storage.path={places.data / 'alertmanager' / 'data'}",
        f"--web.listen-address={HOST}:{places.alertmanager_port}",
        f"--web.external-url={places.alertmanager}",
        # One alone: it looks for no others.
        "--cluster.listen-address=",
    )
    return Program("alertmanager", "ends", command, answers_at=places.alertmanager + "/-/ready")


def _pager(places: RealPlaces) -> Program:
    command = (sys.executable, "-m", "webstore.evidence.pager")
    return Program("pager", "ends", command, answers_at=places.pager + "/healthz")


def _tempo(places: RealPlaces) -> Program:
    command = (
        _found("tempo"),
        "-config.expand-env=true",
        f"-config.file={DEPLOY / 'tempo' / 'tempo.yaml'}",
    )
    environment = {
        "TEMPO_HOST": HOST,
        "TEMPO_HTTP_PORT": str(places.tempo_port),
        "TEMPO_GRPC_PORT": str(places.tempo_grpc_port),
        "TEMPO_OTLP_HTTP": f"{HOST}:{places.traces_otlp_port}",
        "TEMPO_STORAGE": str(places.data / "tempo"),
        # Else it traces itself by the shop's address, and each of its traces makes more of them.
        "OTEL_TRACES_EXPORTER": "none",
    }
    return Program("tempo", "ends", command, environment=environment, answers_at=places.traces + "/ready")


def _collector(places: RealPlaces) -> Program:
    environment = {
        "OTLP_GRPC_BIND": f"{HOST}:{places.otlp_grpc_port}",
        "OTLP_HTTP_BIND": f"{HOST}:{places.otlp_port}",
        "PROMETHEUS_OTLP_ENDPOINT": places.prometheus + "/api/v1/otlp",
        "TEMPO_OTLP_ENDPOINT": places.url(places.traces_otlp_port, ""),
        "COLLECTOR_STORAGE": str(places.data / "collector"),
        "COLLECTOR_METRICS_HOST": HOST,
        "COLLECTOR_METRICS_PORT": str(places.collector_metrics_port),
        "COLLECTOR_HEALTH_BIND": f"{HOST}:{places.collector_health_port}",
    }
    command = (_found("otelcol"), "--config", str(DEPLOY / "collector" / "collector.yaml"))
    ready = places.url(places.collector_health_port)
    return Program("collector", "relays", command, stop_seconds=5, environment=environment, answers_at=ready)


def _found(name: str) -> str:
    found: Path | None = backends.find(name)
    if found is None:
        raise CannotStart(f"make run-real {backends.missing(name)}.")
    return str(found)
