"""Where the hops of one installation are, by the same variables its programs read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT,
    OTEL_EXPORTER_OTLP_METRICS_HEADERS,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS,
    OTEL_SDK_DISABLED,
)
from opentelemetry.util.re import parse_env_headers

COLLECTOR_METRICS_URL = "WEBSTORE_COLLECTOR_METRICS_URL"
GRAFANA_URL = "WEBSTORE_GRAFANA_URL"
GRAFANA_TOKEN_FILE = "WEBSTORE_GRAFANA_TOKEN_FILE"  # noqa: S105 - a variable's name
METRICS_URL = "WEBSTORE_METRICS_URL"
TRACES_URL = "WEBSTORE_TRACES_URL"
TRACE_URL = "WEBSTORE_TRACE_URL"


@dataclass(frozen=True)
class Door:
    """Where OTLP goes in by HTTP; `headers` may hold secrets."""

    url: str
    variable: str
    """The one that names it."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Places:
    """An empty address, or None, is a hop that is not there, or not told of."""

    metrics_url: str
    traces_url: str
    trace_url: str
    """Where people open a trace; holds "{trace_id}"."""
    span_door: Door | None = None
    metric_door: Door | None = None
    certificate: str = ""
    """A file of authorities that programs trust besides the machine's own."""
    off_by: str = ""
    """The variable that keeps telemetry off, "" when it is on."""
    collector_metrics_url: str = ""
    grafana_url: str = ""
    grafana_token_file: Path | None = None
    data_sources: Path | None = None
    """The folder of Grafana's provisioned data sources."""
    dashboards: Path | None = None


def doors(environment: Mapping[str, str]) -> tuple[Door | None, Door | None, str]:
    """Return where spans and metrics go in, and the variable that keeps telemetry off."""
    spans = _door(
        environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_HEADERS, "/v1/traces"
    )
    metrics = _door(
        environment, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_HEADERS, "/v1/metrics"
    )
    # The programs look at these two only.
    if not environment.get(OTEL_EXPORTER_OTLP_ENDPOINT):
        return spans, metrics, OTEL_EXPORTER_OTLP_ENDPOINT
    is_disabled = environment.get(OTEL_SDK_DISABLED, "").lower() == "true"
    return spans, metrics, OTEL_SDK_DISABLED if is_disabled else ""


def _door(environment: Mapping[str, str], variable: str, header_variable: str, path: str) -> Door | None:
    told = environment.get(header_variable) or environment.get(OTEL_EXPORTER_OTLP_HEADERS, "")
    headers = parse_env_headers(told, liberal=True)
    if own := environment.get(variable):
        return Door(own, variable, headers)
    shared = environment.get(OTEL_EXPORTER_OTLP_ENDPOINT, "")
    return Door(f"{shared.rstrip('/')}{path}", OTEL_EXPORTER_OTLP_ENDPOINT, headers) if shared else None
