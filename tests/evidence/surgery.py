"""A doctor at work in a test: what it may look at, and programs that tell of themselves."""

import time
from collections.abc import Mapping

import requests
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)

from tests.lens import building
from webstore.evidence.doctor.examination import diagnose
from webstore.evidence.doctor.places import Places, doors
from webstore.evidence.doctor.process import PROGRAMS
from webstore.evidence.doctor.verdict import Diagnosis, State, Verdict
from webstore.evidence.doctor.visit import Limits, Visit
from webstore.telemetry import contract

QUICK = Limits(most_seconds=40, settling_seconds=3)
HEADERS = {"Content-Type": "application/x-protobuf"}
INFO = {contract.BUILT_AFTER_FORK: "true", contract.RATIO: "0.1", contract.VERSION: "1"}


def places(environment: Mapping[str, str], *, metrics_url: str, traces_url: str, **others: object) -> Places:
    """Return what a doctor with this environment knows."""
    spans, metrics, off_by = doors(environment)
    return Places(
        metrics_url=metrics_url,
        traces_url=traces_url,
        trace_url=f"{traces_url}/traces/{{trace_id}}",
        span_door=spans,
        metric_door=metrics,
        off_by=off_by,
        **others,  # type: ignore[arg-type]
    )


def diagnosis(known: Places, limits: Limits = QUICK) -> Diagnosis:
    return diagnose(Visit(known, limits=limits))


def cause(found: Diagnosis) -> tuple[str, str]:
    """Return the hop and the setting that a diagnosis names, ("", "") for none."""
    return (found.cause.hop, found.cause.setting) if found.cause else ("", "")


def wrong(found: Diagnosis) -> list[str]:
    return [f"{verdict.hop}: {verdict.said}" for verdict in found.of(State.WRONG)]


def at(found: Diagnosis, hop: str) -> Verdict:
    """Return the one verdict of a hop."""
    [verdict] = [verdict for verdict in found.verdicts if verdict.hop == hop]
    return verdict


def tell_of_programs(door: str, programs: tuple[str, ...] = PROGRAMS) -> None:
    """Send to `door` what each program's process tells of itself."""
    for service in programs:
        point = NumberDataPoint(
            as_int=1, time_unix_nano=time.time_ns(), attributes=building.attributes(**INFO)
        )
        metric = Metric(name=contract.TELEMETRY_INFO.name, unit="1", gauge=Gauge(data_points=[point]))
        group = ResourceMetrics(
            resource=building.resource(service), scope_metrics=[ScopeMetrics(metrics=[metric])]
        )
        request = ExportMetricsServiceRequest(resource_metrics=[group])
        answer = requests.post(door, request.SerializeToString(), headers=HEADERS, timeout=10)
        assert answer.ok, answer.text
