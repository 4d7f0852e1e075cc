"""The manifests: valid, restricted, probed, bounded, and made of the very files beside them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.manifests import (
    NAME,
    OVERLAYS,
    configured,
    container,
    environment,
    manifests,
    of_kind,
    pod,
    programs,
    rendered,
)
from tests.deploy.sources import DEPLOY
from webstore.telemetry.lifecycle import FLUSH_SECONDS

# Oldest that knows all we use (preStop's sleep, matchLabelKeys) and newest that the validator knows.
VERSIONS = ("1.32", "1.37")
SOFT_STOP_SECONDS = {"web": 10, "worker-payments": 9, "worker-default": 9}
# Named by version: only the shop's own image is named by the overlay.
_VERSIONED = re.compile(r"[\w./-]+:(v?\d+\.\d+\.\d+|\d+\.\d+(\.\d+)?-bookworm|local)")

# Made by hand, as the README says.
SECRETS_OF_SCALE = {("Secret", name) for name in ("shop", "postgres", "redis", "grafana", "pager")}

EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)


@EACH_OVERLAY
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_every_field(overlay: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(rendered(overlay))
    command: list[str | Path] = [
        Path(sys.prefix) / "bin" / "kubernetes-validate",
        "--strict",
        "-k",
        version,
        tmp_path / "all.yaml",
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr + done.stdout


@EACH_OVERLAY
def test_every_pod_is_restricted(overlay: str) -> None:
    [namespace] = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for workload in (*programs(overlay).values(), *of_kind(overlay, "Job").values()):
        spec = pod(workload)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        for each in (*spec["containers"], *spec.get("initContainers", [])):
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }


@EACH_OVERLAY
def test_every_container_has_bounds_and_a_version(overlay: str) -> None:
    for workload in (*programs(overlay).values(), *of_kind(overlay, "Job").values()):
        for each in (*pod(workload)["containers"], *pod(workload).get("initContainers", [])):
            assert set(each["resources"]["requests"]) == {"cpu", "memory"}
            assert "memory" in each["resources"]["limits"]
            assert _VERSIONED.fullmatch(each["image"]), each["image"]


@EACH_OVERLAY
def test_every_program_is_probed(overlay: str) -> None:
    for name, workload in programs(overlay).items():
        probed = container(workload)
        assert "livenessProbe" in probed, name
        is_heard = name.startswith("worker-") or name == "beat"
        assert ("readinessProbe" in probed) is not is_heard, name
        if is_heard:
            assert probed["livenessProbe"]["exec"]["command"][:3] == ["python", "-m", "webstore.heartbeat"]
            assert "startupProbe" in probed


@EACH_OVERLAY
def test_liveness_asks_nobody_but_the_process(overlay: str) -> None:
    web = container(programs(overlay)["web"])

    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        [host] = web[probe]["httpGet"]["httpHeaders"]
        assert host["value"] in environment(overlay, programs(overlay)["web"])["ALLOWED_HOSTS"].split(",")


@EACH_OVERLAY
@pytest.mark.parametrize("name", SOFT_STOP_SECONDS)
def test_grace_outlasts_the_soft_stop_and_the_last_flush(overlay: str, name: str) -> None:
    workload = programs(overlay)[name]
    before = container(workload).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)

    grace = pod(workload)["terminationGracePeriodSeconds"]

    assert grace > before + SOFT_STOP_SECONDS[name] + FLUSH_SECONDS


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


@EACH_OVERLAY
def test_nothing_is_open_to_the_outside_but_web(overlay: str) -> None:
    services = of_kind(overlay, "Service").values()

    assert not [each for each in services if each["spec"].get("type", "ClusterIP") != "ClusterIP"]
    assert not [
        port
        for each in programs(overlay).values()
        for port in container(each).get("ports", [])
        if "hostPort" in port
    ]
    backends = [path["backend"] for each in of_kind(overlay, "Ingress").values() for path in _paths(each)]
    assert {each["service"]["name"] for each in backends} <= {"web"}


def _paths(ingress: dict[str, Any]) -> list[dict[str, Any]]:
    return [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]


@EACH_OVERLAY
def test_every_service_finds_its_pods_and_ports(overlay: str) -> None:
    for service in of_kind(overlay, "Service").values():
        workload = programs(overlay)[service["spec"]["selector"][NAME]]
        open_ports = {port["name"] for port in container(workload)["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= open_ports


def test_budgets_leave_one_and_let_one_go() -> None:
    for name, budget in of_kind("scale", "PodDisruptionBudget").items():
        assert budget["spec"]["selector"]["matchLabels"] == {NAME: name}
        spec = programs("scale")[name]["spec"]
        at_least = (
            spec.get("replicas") or of_kind("scale", "HorizontalPodAutoscaler")[name]["spec"]["minReplicas"]
        )
        assert at_least > budget["spec"].get("minAvailable", 0) >= 0
    # With one replica a budget of one would hold up every drained node.
    assert of_kind("local", "PodDisruptionBudget") == {}


def test_autoscalers_and_manifests_do_not_fight_over_replicas() -> None:
    for name in of_kind("scale", "HorizontalPodAutoscaler"):
        assert "replicas" not in programs("scale")[name]["spec"]


@EACH_OVERLAY
def test_each_object_is_small_enough_to_apply(overlay: str) -> None:
    assert max(len(str(each)) for each in manifests(overlay)) < 1_000_000
