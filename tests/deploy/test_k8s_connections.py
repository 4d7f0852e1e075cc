"""The autoscalers stop before PostgreSQL runs out of connections, also while a new version rolls out."""

import math
from typing import Any

from tests.deploy.manifests import container, environment, of_kind, programs

# PostgreSQL's defaults, and the manifests change neither: max_connections, superuser_reserved_connections.
CONNECTIONS, RESERVED = 100, 3
# A deployment's own default, of its replicas.
SURGE = 0.25
# For commands beside the programs, and for pods that are ending.
SPARE = 5


def test_all_programs_at_their_largest_fit_the_database() -> None:
    asked = {name: _most_pods(name) * each for name, each in _connections().items()}

    assert asked == {"web": 48, "worker-payments": 36, "worker-default": 4, "beat": 2}
    assert sum(asked.values()) + len(of_kind("scale", "Job")) + SPARE <= CONNECTIONS - RESERVED
    assert "args" not in container(programs("scale")["postgres"])


def _connections() -> dict[str, int]:
    """Return how many connections a pod holds: one for each thread, each child, and beat."""
    told = environment("scale", programs("scale")["web"])
    threads = int(told.get("WEB_WORKERS", "2")) * int(told.get("WEB_THREADS", "4"))
    children = {
        name: int(environment("scale", programs("scale")[name])["WORKER_CHILDREN"])
        for name in ("worker-payments", "worker-default")
    }
    return {"web": threads, **children, "beat": 1}


def _most_pods(name: str) -> int:
    """Return the replicas at most, and those a rollout adds."""
    spec: dict[str, Any] = programs("scale")[name]["spec"]
    scaled = of_kind("scale", "HorizontalPodAutoscaler").get(name)
    replicas = int(scaled["spec"]["maxReplicas"] if scaled else spec["replicas"])
    rolling = spec.get("strategy", {}).get("rollingUpdate", {})
    return replicas + int(rolling.get("maxSurge", math.ceil(SURGE * replicas)))
