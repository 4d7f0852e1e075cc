"""Grafana: does a dot's label lead to the trace store?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from webstore.evidence.asking import ReadSideError
from webstore.evidence.client import read_json
from webstore.evidence.doctor.places import GRAFANA_TOKEN_FILE, GRAFANA_URL
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit
from webstore.evidence.plain import plain

HOP = Hop("grafana")
LABEL = "trace_id"
_SETTING = "jsonData.exemplarTraceIdDestinations"
_MOST_FILE_BYTES = 2**20

Source = Mapping[str, Any]


def examine(visit: Visit) -> Iterator[Verdict]:
    places = visit.places
    try:
        if not places.grafana_url and not visit.store.is_prometheus:
            yield HOP.absent("There is no Grafana here: the store draws its dots itself.")
            return
        if not places.grafana_url and places.data_sources is None:
            yield HOP.absent(f"Not looked at: neither {GRAFANA_URL} nor provisioning files are known here.")
            return
        sources = told_sources(visit) if places.grafana_url else provisioned_sources(places.data_sources)
        found = list(_judged(sources))
    except ReadSideError as reason:
        setting = f"{GRAFANA_URL}, {GRAFANA_TOKEN_FILE}" if places.grafana_url else ""
        yield HOP.unseen(f"{reason}.", setting=setting)
        return
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        yield HOP.unseen(f"The data sources cannot be read: {type(error).__name__}.")
        return
    yield from found


def grafana_headers(visit: Visit) -> dict[str, str]:
    file = visit.places.grafana_token_file
    return {"Authorization": f"Bearer {file.read_text().strip()}"} if file else {}


def told_sources(visit: Visit) -> list[Source]:
    address = f"{visit.places.grafana_url.rstrip('/')}/api/datasources"
    return read_json(visit.asker.get(address, headers=grafana_headers(visit)), _sources)


def provisioned_sources(folder: Path | None) -> list[Source]:
    files = sorted(folder.glob("*.y*ml")) if folder else []
    return [source for file in files for source in _sources(_read(file).get("datasources", []))]


def _read(file: Path) -> Mapping[str, Any]:
    with file.open(encoding="utf-8") as opened:
        told = yaml.safe_load(opened.read(_MOST_FILE_BYTES))
    return told if isinstance(told, dict) else {}


def _sources(told: Any) -> list[Source]:
    return [dict(source) for source in told]


def _judged(sources: Sequence[Source]) -> Iterator[Verdict]:
    stores = {str(source.get("uid")) for source in sources if source.get("type") == "tempo"}
    prometheus = [source for source in sources if source.get("type") == "prometheus"]
    if not prometheus:
        yield HOP.wrong(
            "Grafana has no data source of type prometheus.",
            setting="datasources",
            remedy="Provision deploy/grafana.",
        )
    for source in prometheus:
        yield _judged_source(source, stores)


def _judged_source(source: Source, stores: set[str]) -> Verdict:
    name = plain(str(source.get("name", "?")))[:80]
    destinations = (source.get("jsonData") or {}).get("exemplarTraceIdDestinations") or []
    mapped = {str(one.get("name")): one for one in destinations}
    if LABEL not in mapped:
        others = ", ".join(plain(one)[:40] for one in sorted(mapped)) or "no label"
        return HOP.wrong(
            f"The data source {name} leads from {others} to traces, and our dots carry {LABEL}.",
            setting=_SETTING,
            remedy=f"Add one with name: {LABEL} and the datasourceUid of Tempo.",
        )
    leads_to = plain(str(mapped[LABEL].get("datasourceUid")))[:40]
    if leads_to not in stores and not mapped[LABEL].get("url"):
        return HOP.wrong(
            f"The data source {name} leads from {LABEL} to {leads_to}, which is no trace store.",
            setting=f"{_SETTING}.datasourceUid",
            remedy="Make it the uid of a data source of type tempo"
            f" ({plain(', '.join(sorted(stores)))[:80] or 'there is none yet'}).",
        )
    return HOP.fine(f"The data source {name} leads from {LABEL} to traces.")
