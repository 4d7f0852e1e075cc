"""What Grafana is told at its start: its sources, the way between them, and to let nobody in by default."""

import configparser
import re
from pathlib import PurePosixPath
from typing import Any

import yaml
from dotenv import dotenv_values

from tests.deploy import series, sources
from webstore.telemetry import privacy

GRAFANA = sources.DEPLOY / "grafana"
ENVIRONMENT = dotenv_values(GRAFANA / "grafana.env")


def _ini() -> configparser.ConfigParser:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(GRAFANA / "grafana.ini")
    return ini


def _provider() -> Any:
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/webstore.yml").read_text())["providers"]
    return provider


def _prometheus() -> Any:
    return sources.data_sources()["prometheus"]["jsonData"]


def _tempo() -> Any:
    return sources.data_sources()["tempo"]["jsonData"]


def test_both_spellings_of_a_trace_id_open_tempo() -> None:
    destinations = _prometheus()["exemplarTraceIdDestinations"]

    assert {told["name"]: told["datasourceUid"] for told in destinations} == {
        "trace_id": "tempo",
        "traceID": "tempo",
    }
    # An address besides would be a second, outside link.
    assert not any("url" in told for told in destinations)
    assert {told["urlDisplayLabel"] for told in destinations} == {"Open trace ${__value.raw}"}


def test_sources_and_their_kinds_are_these() -> None:
    kinds = {uid: source["type"] for uid, source in sources.data_sources().items()}

    assert kinds == {"prometheus": "prometheus", "tempo": "tempo", "alertmanager": "alertmanager"}
    assert _prometheus()["alertmanagerUid"] == "alertmanager"


def test_a_spans_metrics_are_asked_for_by_labels_both_sides_have() -> None:
    back = _tempo()["tracesToMetrics"]
    labels = series.labels_of("http_server_request_duration_count")

    assert back["datasourceUid"] == "prometheus"
    assert {tag["key"] for tag in back["tags"]} <= privacy.SPAN_ATTRIBUTES | set(
        sources.promoted_attributes()
    )
    assert [tag for tag in back["tags"] if tag["value"] != tag["key"].replace(".", "_")] == []
    assert {tag["value"] for tag in back["tags"]} <= labels


def test_every_dollar_is_an_address_or_doubled() -> None:
    for path in (GRAFANA / "provisioning").rglob("*.yml"):
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        single = re.findall(r"(?<!\$)\$(?!\$)\{?(\w*)\}?", "\n".join(lines))
        assert set(single) <= set(ENVIRONMENT), path.name


def test_every_address_is_used_and_given() -> None:
    urls = {source["url"] for source in sources.data_sources().values()}

    assert urls == {f"${{{name}}}" for name in ENVIRONMENT}
    assert all(ENVIRONMENT.values())


def test_rates_look_over_four_exports() -> None:
    exported = dotenv_values(sources.DEPLOY / "shop" / "webstore.env")["OTEL_METRIC_EXPORT_INTERVAL"]

    assert _prometheus()["timeInterval"] == f"{int(exported or 0) // 1000}s"


def test_dashboards_are_where_the_provider_looks() -> None:
    home = PurePosixPath(_ini()["dashboards"]["default_home_dashboard_path"])

    assert _provider()["options"]["path"] == str(home.parent)
    assert (GRAFANA / "dashboards" / home.name).is_file()
    assert not _provider()["allowUiUpdates"]


def test_nobody_comes_in_without_a_secret_of_this_deployment() -> None:
    security = _ini()["security"]

    assert security["admin_password"] == "$__file{/run/secrets/grafana_admin_password}"
    assert security["secret_key"] == "$__file{/run/secrets/grafana_secret_key}"
    assert not _ini()["auth.anonymous"].getboolean("enabled")
    assert not _ini()["users"].getboolean("allow_sign_up")


def test_grafana_calls_nobody_but_its_sources() -> None:
    ini = _ini()

    asked = [
        ("analytics", "reporting_enabled"),
        ("analytics", "check_for_updates"),
        ("news", "news_feed_enabled"),
    ]
    assert [name for name in asked if ini.getboolean(*name)] == []
    assert ini["plugins"].getboolean("preinstall_disabled")
    assert ini["security"].getboolean("disable_gravatar")


def test_no_data_source_holds_a_secret() -> None:
    text = sources.DATA_SOURCES.read_text()

    assert "secureJsonData" not in text
    assert "password" not in text.lower()
