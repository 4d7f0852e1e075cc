"""The last hop: a data source that leads from our dots' label to traces, provisioned or told by Grafana."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence.backends import DEPLOY, Edit, prometheus, replaced, unchanged
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import nobody, server
from tests.lens.process import LensProcess
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.verdict import State

PROVISIONED = DEPLOY / "grafana" / "provisioning" / "datasources"
# Of what Grafana 12 answers at /api/datasources, the keys that matter.
TOLD = [
    {
        "uid": "prometheus",
        "name": "Prometheus",
        "type": "prometheus",
        "jsonData": {"exemplarTraceIdDestinations": [{"name": "trace_id", "datasourceUid": "tempo"}]},
    },
    {"uid": "tempo", "name": "Tempo", "type": "tempo", "jsonData": {}},
]


@pytest.fixture(scope="module")
def metrics_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def _known(metrics_url: str, lens: LensProcess, **others: object) -> Places:
    tell_of_programs(f"{metrics_url}/api/v1/otlp/v1/metrics")
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{metrics_url}/api/v1/otlp",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces"),
    }
    return places(environment, metrics_url=metrics_url, traces_url=lens.pages_url, **others)


def _provisioned(folder: Path, edit: Edit = unchanged) -> Path:
    shutil.copytree(PROVISIONED, folder / "sources")
    file = folder / "sources" / "webstore.yml"
    file.write_text(edit(file.read_text()))
    return file.parent


def test_provisioning_as_deployed_is_fine(metrics_url: str, lens: LensProcess) -> None:
    found = diagnosis(_known(metrics_url, lens, data_sources=PROVISIONED))

    assert (wrong(found), found.exit_code) == ([], 0)
    assert at(found, "grafana").said == "The data source Prometheus leads from trace_id to traces."


@pytest.mark.parametrize(
    ("edit", "setting"),
    [
        (replaced("- name: trace_id", "- name: traceId"), "jsonData.exemplarTraceIdDestinations"),
        (
            replaced("exemplarTraceIdDestinations:", "otherDestinations:"),
            "jsonData.exemplarTraceIdDestinations",
        ),
        (
            replaced("uid: tempo\n    type: tempo", "uid: traces\n    type: tempo"),
            "jsonData.exemplarTraceIdDestinations.datasourceUid",
        ),
        (replaced("type: prometheus\n", "type: graphite\n"), "datasources"),
    ],
    ids=["wrong-label", "no-mapping", "unknown-store", "no-prometheus"],
)
def test_wrong_mapping_is_named(
    tmp_path: Path, metrics_url: str, lens: LensProcess, edit: Edit, setting: str
) -> None:
    found = diagnosis(_known(metrics_url, lens, data_sources=_provisioned(tmp_path, edit)))

    assert cause(found) == ("grafana", setting), wrong(found)


@pytest.mark.parametrize(
    "text", ["", "datasources: 7", "- a", "{", "datasources: [{jsonData: 3, type: prometheus}]"]
)
def test_file_that_is_no_provisioning_is_never_fine(
    tmp_path: Path, metrics_url: str, lens: LensProcess, text: str
) -> None:
    found = diagnosis(_known(metrics_url, lens, data_sources=_provisioned(tmp_path, lambda _: text)))

    assert at(found, "grafana").state in {State.WRONG, State.UNSEEN}


def test_grafanas_own_word_counts_and_its_token_is_not_shown(
    tmp_path: Path, metrics_url: str, lens: LensProcess
) -> None:
    (token := tmp_path / "token").write_text("glsa_hush\n")
    with server(json.dumps(TOLD).encode()) as grafana:
        found = diagnosis(_known(metrics_url, lens, grafana_url=grafana, grafana_token_file=token))

    assert at(found, "grafana").state is State.FINE
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 401), (b"{}", 200), (b"[7]", 200), (b"<html>", 200), (b"[" * 9_999, 200)]
)
def test_grafana_that_does_not_tell_is_unseen(
    metrics_url: str, lens: LensProcess, body: bytes, status: int
) -> None:
    with server(body, status=status) as grafana:
        found = diagnosis(_known(metrics_url, lens, grafana_url=grafana))

    assert at(found, "grafana").state in {State.UNSEEN, State.WRONG}


def test_missing_token_is_unseen(metrics_url: str, lens: LensProcess, tmp_path: Path) -> None:
    known = _known(metrics_url, lens, grafana_url=nobody(), grafana_token_file=tmp_path / "missing")

    assert at(diagnosis(known), "grafana").state is State.UNSEEN
