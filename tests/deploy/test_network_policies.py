"""Who may talk to whom in the cluster: exactly these, at both ends, and names for everybody."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.manifests import OVERLAYS, of_kind, programs

_SENDERS = ("web", "worker-payments", "worker-default", "beat")
_READERS = ("grafana", "pager", "prometheus", "worker-default")
NEEDED = {
    # Orders, and the age of the oldest due payment (beat).
    *((each, "postgres", 5432) for each in (*_SENDERS, "migrate")),
    *((each, "redis", 6379) for each in _SENDERS),
    *((each, "collector", 4318) for each in _SENDERS),
    ("collector", "prometheus", 9090),
    ("collector", "tempo", 4318),
    # Audit, enriched alerts, dashboards; Prometheus asks itself and Tempo how they are.
    *((each, "prometheus", 9090) for each in _READERS),
    *((each, "tempo", 3200) for each in _READERS),
    ("prometheus", "collector", 8888),
    # The doctor, which is run there.
    ("worker-default", "collector", 8888),
    ("prometheus", "alertmanager", 9093),
    ("grafana", "alertmanager", 9093),
    ("alertmanager", "pager", 8003),
}
NEEDED_BY_PRACTICE = {
    ("worker-payments", "provider", 8002),
    # What the staff ask it for.
    ("web", "provider", 8002),
    ("provider", "collector", 4318),
    # What it tells by itself.
    ("provider", "web", 8000),
}

Path = tuple[str, str, int]
EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)


def _selected(selector: dict[str, Any]) -> list[str]:
    expressions = selector.get("matchExpressions", [])
    return [
        *selector.get("matchLabels", {}).values(),
        *(name for each in expressions for name in each["values"]),
    ]


def _policies(overlay: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy in of_kind(overlay, "NetworkPolicy").values():
        for name in _selected(policy["spec"]["podSelector"]):
            yield name, policy["spec"]


def _out(overlay: str) -> set[Path]:
    return {
        (name, other, port["port"])
        for name, spec in _policies(overlay)
        for rule in spec.get("egress", [])
        for peer in rule["to"]
        if "podSelector" in peer
        for other in _selected(peer["podSelector"])
        for port in rule["ports"]
    }


def _in(overlay: str) -> set[Path]:
    return {
        (other, name, port["port"])
        for name, spec in _policies(overlay)
        for rule in spec.get("ingress", [])
        for peer in rule["from"]
        if "podSelector" in peer
        for other in _selected(peer["podSelector"])
        for port in rule["ports"]
    }


def _needed(overlay: str) -> set[Path]:
    return NEEDED | NEEDED_BY_PRACTICE if overlay == "local" else NEEDED


@EACH_OVERLAY
def test_paths_are_open_at_their_beginning(overlay: str) -> None:
    assert _out(overlay) == _needed(overlay)


@EACH_OVERLAY
def test_paths_are_open_at_their_end(overlay: str) -> None:
    assert _in(overlay) == _needed(overlay)


@EACH_OVERLAY
def test_all_else_is_closed(overlay: str) -> None:
    policy = of_kind(overlay, "NetworkPolicy")["default-deny"]

    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@EACH_OVERLAY
def test_every_rule_says_where_to_and_which_port(overlay: str) -> None:
    for policy in of_kind(overlay, "NetworkPolicy").values():
        for rule in (*policy["spec"].get("egress", []), *policy["spec"].get("ingress", [])):
            assert rule["ports"]
            assert all(port["port"] for port in rule["ports"])
            assert all(rule.get("to") or rule.get("from") or [])
            assert rule.get("to") or rule.get("from")


@EACH_OVERLAY
def test_everybody_may_ask_for_names(overlay: str) -> None:
    spec = of_kind(overlay, "NetworkPolicy")["dns"]["spec"]

    assert spec["podSelector"] == {}
    [rule] = spec["egress"]
    assert {(port["port"], port["protocol"]) for port in rule["ports"]} == {(53, "UDP"), (53, "TCP")}
    [service, cache] = rule["to"]
    assert service["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    assert _selected(service["podSelector"]) == ["kube-dns", "node-local-dns"]
    # Where NodeLocal DNSCache listens, on every machine.
    assert cache == {"ipBlock": {"cidr": "169.254.20.10/32"}}


def test_only_those_who_ask_the_provider_and_notifications_leave_the_cluster() -> None:
    def blocks(overlay: str) -> set[str]:
        return {
            name
            for name, spec in _policies(overlay)
            for rule in spec.get("egress", [])
            if any("ipBlock" in peer for peer in rule["to"])
        }

    assert blocks("scale") == {"web", "worker-payments", "pager"}
    assert blocks("local") == set()


@EACH_OVERLAY
def test_customers_come_in_by_the_ingress_alone(overlay: str) -> None:
    [rule] = of_kind(overlay, "NetworkPolicy")["web"]["spec"]["ingress"]

    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"webstore/ingress": "true"}}}]
    assert rule["ports"] == [{"port": 8000}]


@EACH_OVERLAY
def test_each_policy_means_a_program_there_is(overlay: str) -> None:
    named = {name for path in _out(overlay) | _in(overlay) for name in path[:2]}

    assert named <= {*programs(overlay), "migrate"}
