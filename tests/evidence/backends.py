"""Real back ends with the files of deploy/, each with one thing wrong."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.binaries import program
from tests.e2e.running import ROOT
from tests.lens.process import free_ports

DEPLOY = ROOT / "deploy"
_START_SECONDS = 30

Edit = Callable[[str], str]


def without(text: str) -> Edit:
    """Return the edit that takes `text`, which is there, out."""
    return replaced(text, "")


def replaced(text: str, by: str) -> Edit:
    def edit(whole: str) -> str:
        assert text in whole
        return whole.replace(text, by)

    return edit


def unchanged(whole: str) -> str:
    return whole


@contextmanager
def prometheus(folder: Path, *, flags: Edit = unchanged, configuration: Edit = unchanged) -> Iterator[str]:
    """Run Prometheus as it is deployed, but for these edits; yield its address."""
    command, port = str(program("prometheus")), free_ports()[0]
    (folder / "flags").write_text(flags((DEPLOY / "prometheus" / "flags").read_text()))
    (folder / "prometheus.yml").write_text(
        configuration((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    )
    arguments = (
        f"@{folder / 'flags'}",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    url = f"http://127.0.0.1:{port}"
    links = {"GRAFANA_URL": "http://see", "RUNBOOKS_URL": "http://read"}
    with _running(folder, "prometheus", (command, *arguments), links, ready=f"{url}/-/ready"):
        yield url


@contextmanager
def collector(
    folder: Path, *, metrics_to: str, traces_to: str, configuration: Edit = unchanged
) -> Iterator[tuple[str, str]]:
    """Run the Collector as it is deployed, but for an edit; yield its OTLP door and its own metrics."""
    command = str(program("otelcol"))
    (grpc, http), (own, health) = free_ports(), free_ports()
    file = folder / "collector.yaml"
    file.write_text(configuration((DEPLOY / "collector" / "collector.yaml").read_text()))
    environment = {
        "OTLP_GRPC_BIND": f"127.0.0.1:{grpc}",
        "OTLP_HTTP_BIND": f"127.0.0.1:{http}",
        "PROMETHEUS_OTLP_ENDPOINT": f"{metrics_to}/api/v1/otlp",
        "TEMPO_OTLP_ENDPOINT": traces_to,
        "COLLECTOR_STORAGE": str(folder / "queue"),
        "COLLECTOR_METRICS_HOST": "127.0.0.1",
        "COLLECTOR_METRICS_PORT": str(own),
        "COLLECTOR_HEALTH_BIND": f"127.0.0.1:{health}",
    }
    arguments = (command, f"--config={file}")
    with _running(folder, "otelcol", arguments, environment, ready=f"http://127.0.0.1:{health}/"):
        yield f"http://127.0.0.1:{http}", f"http://127.0.0.1:{own}/metrics"


@contextmanager
def tempo(folder: Path, *, configuration: Edit = unchanged) -> Iterator[tuple[str, str]]:
    """Run Tempo as it is deployed, but for an edit; yield its address and its OTLP door."""
    command = str(program("tempo"))
    (http, grpc), (otlp, _) = free_ports(), free_ports()
    file = folder / "tempo.yaml"
    file.write_text(configuration((DEPLOY / "tempo" / "tempo.yaml").read_text()))
    environment = {
        "TEMPO_HOST": "127.0.0.1",
        "TEMPO_HTTP_PORT": str(http),
        "TEMPO_GRPC_PORT": str(grpc),
        "TEMPO_OTLP_HTTP": f"127.0.0.1:{otlp}",
        "TEMPO_STORAGE": str(folder / "tempo"),
    }
    arguments = (command, "-config.expand-env=true", f"-config.file={file}")
    url = f"http://127.0.0.1:{http}"
    with _running(folder, "tempo", arguments, environment, ready=f"{url}/status/config"):
        yield url, f"http://127.0.0.1:{otlp}"


@contextmanager
def _running(
    folder: Path, name: str, command: tuple[str, ...], environment: dict[str, str], *, ready: str
) -> Iterator[None]:
    log_file = folder / f"{name}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        _await(ready, process, log_file)
        yield
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder / "tsdb", ignore_errors=True)


def _await(ready: str, process: "subprocess.Popen[bytes]", log_file: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            if requests.get(ready, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise RuntimeError(log_file.read_text())
