"""Rules and alerts: unit-tested by promtool, and each says where to look."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.binaries import program
from tests.deploy.reading import DEPLOY, alerts, rules, run, seconds
from webstore.telemetry import contract

TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
NAMES = {
    *("HighPaymentLatency", "CheckoutErrorBudgetBurn", "PaymentErrorBudgetBurn", "PaymentsNotConsumed"),
    *(
        "PaymentsInReview",
        "Miscounts",
        "ExemplarsDead",
        "AuditMissing",
        "ExemplarsMissing",
        "TelemetryRefused",
    ),
}
# Behind these is a histogram, so they can show a trace.
WITH_DOTS = NAMES - {"Miscounts", "ExemplarsDead", "AuditMissing", "ExemplarsMissing", "TelemetryRefused"}


def _name(rule: dict[str, Any]) -> str:
    return "-".join([rule["alert"], *rule["labels"].values()])


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_promtool_agrees(path: Path) -> None:
    done = run(program("promtool"), "test", "rules", path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_stands() -> None:
    assert {rule["alert"] for rule in alerts()} == NAMES


@pytest.mark.parametrize("rule", alerts(), ids=_name)
def test_every_alert_says_how_bad_what_and_where(rule: dict[str, Any]) -> None:
    annotations = rule["annotations"]

    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert annotations["summary"]
    assert annotations["description"].endswith((".", '"'))
    assert annotations["runbook_url"] == "{{ $externalLabels.runbooks_url }}/" + rule["alert"] + ".md"
    assert re.fullmatch(
        r"\{\{ \$externalLabels\.grafana_url }}/d/(http-metrics|service-health|exemplar-health)",
        annotations["dashboard_url"],
    )


@pytest.mark.parametrize("rule", alerts(), ids=_name)
def test_alerts_with_a_histogram_behind_them_name_its_dots(rule: dict[str, Any]) -> None:
    query = rule["annotations"].get("exemplar_query", "")
    metrics = {f"{name.replace('.', '_')}_bucket" for name in contract.HISTOGRAM_NAMES}

    assert bool(query) == (rule["alert"] in WITH_DOTS)
    assert not query or query.partition("{")[0] in metrics
    assert not query or seconds(rule["annotations"]["exemplar_window"]) >= 900


def test_every_alert_has_a_test_in_which_it_fires() -> None:
    fired = [
        alert["exp_labels"] | {"alert": test["alertname"]}
        for path in TESTS
        for group in yaml.safe_load(path.read_text())["tests"]
        for test in group.get("alert_rule_test", ())
        for alert in test["exp_alerts"]
    ]

    unfired = [rule for rule in alerts() if not any(_is_of(labels, rule) for labels in fired)]
    assert [_name(rule) for rule in unfired] == []


def _is_of(labels: dict[str, str], rule: dict[str, Any]) -> bool:
    wanted: dict[str, str] = rule["labels"] | {"alert": rule["alert"]}
    return labels.items() >= wanted.items()


def test_every_recording_has_a_test() -> None:
    text = "".join(path.read_text() for path in TESTS)

    recorded = [rule["record"] for rule in rules() if "record" in rule]
    assert recorded
    assert [name for name in recorded if f"expr: {name}" not in text] == []


def test_latency_is_the_seeds_quantile_over_all_buckets() -> None:
    [rule] = [rule for rule in alerts() if rule["alert"] == "HighPaymentLatency"]

    assert rule["expr"].startswith(
        "histogram_quantile(0.95, sum by (le) (rate(webstore_payment_duration_bucket[5m]))) > 5"
    )


@pytest.mark.parametrize("name", ["CheckoutErrorBudgetBurn", "PaymentErrorBudgetBurn"])
def test_budgets_have_two_paces_with_two_windows_each(name: str) -> None:
    burns = {rule["labels"]["burn"]: rule for rule in alerts() if rule["alert"] == name}
    windows = {burn: re.findall(r"ratio_rate(\w+)", rule["expr"]) for burn, rule in burns.items()}

    assert windows == {"fast": ["5m", "1h"], "slow": ["30m", "6h"]}
    assert {burn: rule["labels"]["severity"] for burn, rule in burns.items()} == {
        "fast": "critical",
        "slow": "warning",
    }
