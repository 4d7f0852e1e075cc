"""The Kubernetes manifests as `kubectl kustomize` renders them."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.sources import DEPLOY

KUBECTL = Path(sys.prefix) / "bin" / "kubectl"
OVERLAYS = ("local", "scale")
NAME = "app.kubernetes.io/name"

Manifest = dict[str, Any]


@cache
def rendered(overlay: str) -> str:
    command = [str(KUBECTL), "kustomize", str(DEPLOY / "k8s" / "overlays" / overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@cache
def manifests(overlay: str) -> tuple[Manifest, ...]:
    return tuple(yaml.safe_load_all(rendered(overlay)))


def of_kind(overlay: str, *kinds: str) -> dict[str, Manifest]:
    """Return the manifests of these kinds by name."""
    return {each["metadata"]["name"]: each for each in manifests(overlay) if each["kind"] in kinds}


def programs(overlay: str) -> dict[str, Manifest]:
    """Return every workload that goes on running, by name."""
    return of_kind(overlay, "Deployment", "StatefulSet")


def pod(workload: Manifest) -> Manifest:
    return dict(workload["spec"]["template"]["spec"])


def container(workload: Manifest) -> Manifest:
    [only] = pod(workload)["containers"]
    return dict(only)


def configured(overlay: str, reference: str) -> dict[str, str]:
    """Return the data of a ConfigMap or Secret, as text."""
    found = of_kind(overlay, "ConfigMap", "Secret")[reference]
    return dict(found.get("data", {}))


def environment(overlay: str, workload: Manifest) -> dict[str, str]:
    """Return what the program is told; a pod's own name stands for itself."""
    told: dict[str, str] = {}
    for source in container(workload).get("envFrom", []):
        told |= configured(overlay, source["configMapRef"]["name"])
    return told | {
        each["name"]: each.get("value", workload["metadata"]["name"])
        for each in container(workload).get("env", [])
    }
