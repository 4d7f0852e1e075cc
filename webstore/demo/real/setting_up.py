"""What has to be there before the back ends start: their folders, the few addresses, the database."""

import json
import shutil
from pathlib import Path

from webstore.demo.places import HOST, ROOT
from webstore.demo.real.places import DATABASE, RealPlaces
from webstore.demo.real.postgres import Postgres
from webstore.demo.running import fill_database

PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
# The one address in Alertmanager's file, which knows no environment.
_PAGER_IN_DEPLOY = "pager:8003"


def prepare(places: RealPlaces, environment: dict[str, str]) -> None:
    """Make folders and files, and fill the database."""
    _set_up_prometheus(places)
    _set_up_alertmanager(places)
    _forget_database_of_a_folder_that_is_gone(places)
    server = database(places)
    server.create()
    with server.serving():
        fill_database(environment)
    # What supervisord's server says there is news again.
    server.log.unlink()


def _forget_database_of_a_folder_that_is_gone(places: RealPlaces) -> None:
    """Start anew after the data was removed, `make clean` say, though the database lies elsewhere."""
    keepsake = places.data / "has-database"
    if places.postgres.parent != places.data and not keepsake.exists():
        shutil.rmtree(places.postgres, ignore_errors=True)
    keepsake.touch()


def database(places: RealPlaces) -> Postgres:
    return Postgres(places.postgres, name=DATABASE, log=places.logs / "postgres.log")


def prometheus_file(places: RealPlaces) -> Path:
    return places.data / "prometheus" / "configuration" / "prometheus.yml"


def alertmanager_file(places: RealPlaces) -> Path:
    return places.data / "alertmanager" / "alertmanager.yml"


def _set_up_prometheus(places: RealPlaces) -> None:
    """Link the files of deploy/ beside targets of our own: it looks for these beside its file."""
    folder = prometheus_file(places).parent
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "targets").mkdir(parents=True)
    for name in ("prometheus.yml", "rules"):
        (folder / name).symlink_to(PROMETHEUS / name)
    targets = {
        "collector": places.collector_metrics_port,
        "prometheus": places.prometheus_port,
        "alertmanager": places.alertmanager_port,
        **({"tempo": places.tempo_port} if places.has_tempo else {}),
    }
    for name, port in targets.items():
        # YAML's smaller brother is YAML too.
        (folder / "targets" / f"{name}.yml").write_text(json.dumps([{"targets": [f"{HOST}:{port}"]}]))


def _set_up_alertmanager(places: RealPlaces) -> None:
    file = alertmanager_file(places)
    file.parent.mkdir(exist_ok=True)
    text = ALERTMANAGER.read_text()
    file.write_text(text.replace(_PAGER_IN_DEPLOY, f"{HOST}:{places.pager_port}"))
