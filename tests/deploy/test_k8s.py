"""The manifests: valid, restricted, probed, bounded, and made of the very files beside them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import composed
from tests.deploy.manifests import (
    NAME,
    OVERLAYS,
    container,
    environment,
    manifests,
    of_kind,
    pod,
    programs,
    rendered,
)
from webstore.telemetry.lifecycle import FLUSH_SECONDS

# Oldest that knows all we use (preStop's sleep, matchLabelKeys) and newest that the validator knows.
VERSIONS = ("1.32", "1.37")
SOFT_STOP_SECONDS = {"web": 10, "worker-payments": 9, "worker-default": 9}
# Named by version: only the shop's own image is named by the overlay.
_VERSIONED = re.compile(r"[\w./-]+:(v?\d+\.\d+\.\d+|\d+\.\d+(\.\d+)?-bookworm|local)")

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
def test_images_are_those_of_compose(overlay: str) -> None:
    others = set(programs(overlay)) - set(composed.SHOP)

    assert others == {"postgres", "redis", "collector", "prometheus", "tempo", "alertmanager", "grafana"}
    for name in others:
        assert container(programs(overlay)[name])["image"] == composed.services()[name]["image"]


@EACH_OVERLAY
def test_commands_are_those_of_compose(overlay: str) -> None:
    for name, workload in programs(overlay).items():
        assert container(workload).get("args", []) == composed.services()[name].get("command", [])


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
