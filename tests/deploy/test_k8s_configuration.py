"""What the manifests give each program: the very files beside them, and secrets from elsewhere."""

import re
from typing import Any

import pytest

from tests.deploy.manifests import (
    OVERLAYS,
    configured,
    container,
    environment,
    manifests,
    of_kind,
    pod,
    programs,
)
from tests.deploy.sources import DEPLOY

# Made by hand, as the README says.
SECRETS_OF_SCALE = {("Secret", name) for name in ("shop", "postgres", "redis", "grafana", "pager")}

EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)


@EACH_OVERLAY
def test_everything_a_pod_mounts_or_reads_is_there(overlay: str) -> None:
    here = {(each["kind"], each["metadata"]["name"]) for each in manifests(overlay)}
    by_hand = SECRETS_OF_SCALE if overlay == "scale" else set()
    for workload in (*programs(overlay).values(), *of_kind(overlay, "Job").values()):
        assert set(_references(workload)) <= here | by_hand


def _references(workload: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for volume in pod(workload)["volumes"]:
        for source in (volume, *volume.get("projected", {}).get("sources", [])):
            if "configMap" in source:
                found.append(("ConfigMap", source["configMap"]["name"]))
            if "secret" in source:
                found.append(("Secret", source["secret"]["secretName"]))
    told = [each["configMapRef"]["name"] for each in container(workload).get("envFrom", [])]
    return [*found, *(("ConfigMap", name) for name in told)]


@EACH_OVERLAY
@pytest.mark.parametrize(
    ("name", "folder", "pattern"),
    [
        ("collector", "collector", "collector.yaml"),
        ("tempo", "tempo", "tempo.yaml"),
        ("alertmanager", "alertmanager", "alertmanager.yml"),
        ("prometheus", "prometheus", "prometheus.yml"),
        ("prometheus", "prometheus", "flags"),
        ("prometheus-rules", "prometheus/rules", "*.yml"),
        ("prometheus-targets", "prometheus/targets", "*.yml"),
        ("grafana", "grafana", "grafana.ini"),
        ("grafana-data-sources", "grafana/provisioning/datasources", "*.yml"),
        ("grafana-dashboard-folders", "grafana/provisioning/dashboards", "*.yml"),
        ("grafana-dashboards", "grafana/dashboards", "*.json"),
    ],
)
def test_configuration_is_the_very_files(overlay: str, name: str, folder: str, pattern: str) -> None:
    [full_name] = [
        each for each in of_kind(overlay, "ConfigMap") if re.fullmatch(rf"{name}-[a-z0-9]{{10}}", each)
    ]
    files = {file.name: file.read_text() for file in (DEPLOY / folder).glob(pattern)}
    if overlay == "scale" and name == "prometheus-targets":
        files["collector.yml"] = (DEPLOY / "k8s/overlays/scale/targets/collector.yml").read_text()

    given = configured(overlay, full_name)

    assert {key: given[key] for key in files} == files
    assert set(given) <= {file.name for file in (DEPLOY / folder).iterdir()}


@EACH_OVERLAY
def test_every_generated_file_is_mounted_where_its_program_looks(overlay: str) -> None:
    for program in ("prometheus", "grafana"):
        [volume] = [each for each in pod(programs(overlay)[program])["volumes"] if "projected" in each]
        for source in volume["projected"]["sources"]:
            items = source["configMap"].get("items")
            keys = configured(overlay, source["configMap"]["name"]).keys()
            assert items is None or {item["key"] for item in items} == keys


def test_the_doctor_asks_a_collector_where_there_is_one_only() -> None:
    asked = {
        overlay: environment(overlay, programs(overlay)["worker-default"])["WEBSTORE_COLLECTOR_METRICS_URL"]
        for overlay in OVERLAYS
    }

    assert asked == {"local": "http://collector:8888/metrics", "scale": ""}
    assert programs("scale")["collector"]["spec"]["replicas"] > 1


def test_the_readme_makes_every_secret_of_files_that_are_there() -> None:
    readme, maker = ((DEPLOY / name).read_text() for name in ("README.md", "compose/make-secrets"))
    written = set(re.findall(r"^    printf .+ > (\w+) &&$", readme, re.MULTILINE))
    made = set(re.findall(r"^keep ([\w.]+) ", maker, re.MULTILINE))
    [tls] = of_kind("scale", "Ingress")["web"]["spec"]["tls"]

    named = set(re.findall(r"create secret (?:generic|tls) ([\w-]+)", readme))

    assert named == {name for _, name in SECRETS_OF_SCALE} | {tls["secretName"]}
    assert set(re.findall(r"--from-file=([\w.]+)", readme)) <= written | made
    assert written == {"provider_api_key", "provider_webhook_secrets", "pager_webhook_url"}


def test_only_the_local_overlay_knows_passwords() -> None:
    assert of_kind("scale", "Secret") == {}
    assert {name.rpartition("-")[0] for name in of_kind("local", "Secret")} == {
        "shop",
        "postgres",
        "redis",
        "grafana",
    }
    for each in manifests("scale"):
        assert each["kind"] != "ConfigMap" or not re.search(r"://\w*:[^@/\s]+@", str(each.get("data")))
