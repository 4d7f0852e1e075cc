"""Every series there can be in Prometheus, with its labels and the values they can have."""

from collections.abc import Iterator
from functools import cache

from opentelemetry.semconv.attributes import (
    error_attributes,
    http_attributes,
    network_attributes,
    server_attributes,
    url_attributes,
)

from tests.deploy import self_metrics, sources
from tests.deploy.promql import Labels, Reader
from webstore.telemetry import contract

# What `webstore.telemetry.serving` and the instrumentation of requests measure requests by.
_HTTP = {
    contract.HTTP_SERVER_DURATION: (
        http_attributes.HTTP_REQUEST_METHOD,
        http_attributes.HTTP_RESPONSE_STATUS_CODE,
        http_attributes.HTTP_ROUTE,
        error_attributes.ERROR_TYPE,
        network_attributes.NETWORK_PROTOCOL_VERSION,
        url_attributes.URL_SCHEME,
    ),
    contract.HTTP_CLIENT_DURATION: (
        http_attributes.HTTP_REQUEST_METHOD,
        http_attributes.HTTP_RESPONSE_STATUS_CODE,
        error_attributes.ERROR_TYPE,
        network_attributes.NETWORK_PROTOCOL_VERSION,
        server_attributes.SERVER_ADDRESS,
        server_attributes.SERVER_PORT,
    ),
}
_PROGRAMS = (contract.WEB, contract.WORKER, contract.BEAT, contract.PROVIDER)

# What the contract says about the values of a label. Others are the world's.
VALUES: dict[str, frozenset[str]] = {
    "job": frozenset(f"{contract.NAMESPACE}/{program}" for program in _PROGRAMS) | self_metrics.JOBS,
    "service_name": frozenset(_PROGRAMS),
    contract.PAYMENT_METHOD: frozenset(contract.PAYMENT_METHODS),
    contract.OUTCOME: frozenset(
        {
            *(contract.APPROVED, contract.DECLINED, contract.ERROR, contract.TIMEOUT),
            *(contract.PLACED, contract.REFUSED, contract.SUCCEEDED, contract.FAILED),
        }
    ),
    contract.STATE: frozenset(
        {
            *(contract.SELECTED, contract.PUBLISHED, contract.WITHHELD),
            *(contract.ALIVE, contract.SPAN_MISSING, contract.TRACE_MISSING),
        }
    ),
    contract.REASON: frozenset(
        {
            *(contract.BASELINE, contract.CROSSING, contract.EXEMPLAR, contract.ERROR),
            *(contract.DROPPED, contract.CAPPED, contract.UNFINISHED),
            *(contract.TRACE_CAP, contract.QUEUE_FULL, contract.SINK_REFUSED),
            *(contract.SPAN_LATE, contract.METRIC_LATE),
            *contract.MISCOUNT_REASONS,
        }
    ),
    contract.SIGNAL: frozenset({contract.SIGNAL_TRACES, contract.SIGNAL_METRICS}),
    contract.BUILT_AFTER_FORK: frozenset({"true", "false"}),
    "alertstate": frozenset({"pending", "firing"}),
}


def labels_of(metric: str) -> Labels:
    """Return the labels a metric can have; KeyError when nobody makes it."""
    made = measured() | _told_by_back_ends()
    return made[metric] if metric in made else _recorded(metric)


def is_made(name: str) -> bool:
    """Return whether a text may speak of a series, of a histogram as a whole, or of a family ("name_*")."""
    recorded = {rule.name for rule in sources.recording_rules()}
    names = {*measured(), *_told_by_back_ends(), *recorded}
    is_family = name.endswith("_") and any(made.startswith(name) for made in names)
    return name in names or f"{name}_count" in names or is_family


@cache
def measured() -> dict[str, Labels]:
    """Return the series the programs send."""
    return dict(_measured())


def _measured() -> Iterator[tuple[str, Labels]]:
    resource = {"job", "instance", *map(_stored, sources.promoted_attributes())}
    histograms = {spec.name: spec.attributes for spec in contract.INSTRUMENTS if spec.boundaries} | _HTTP
    for name, attributes in histograms.items():
        labels = frozenset({*map(_stored, attributes), *resource})
        yield f"{_stored(name)}_bucket", labels | {"le"}
        yield f"{_stored(name)}_count", labels
        yield f"{_stored(name)}_sum", labels
    for spec in contract.INSTRUMENTS:
        if not spec.boundaries:
            yield _stored(spec.name), frozenset({*map(_stored, spec.attributes), *resource})


def _told_by_back_ends() -> dict[str, Labels]:
    return {name: frozenset({*labels, "job", "instance"}) for name, labels in self_metrics.ALL.items()}


def _recorded(metric: str) -> Labels:
    rule = next((rule for rule in sources.recording_rules() if rule.name == metric), None)
    if rule is None:
        raise KeyError(metric)
    return Reader(labels_of).read(rule.expression) | frozenset(rule.labels)


def _stored(name: str) -> str:
    """Return a name as Prometheus stores it without suffixes."""
    return name.replace(".", "_")
