"""What a program that is not ours may send to the Collector."""

import time

import requests
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from tests.lens import building
from tests.stack.running import Stack
from webstore.telemetry import contract


def payment(*, trace_id: bytes, age_seconds: float = 0) -> Metric:
    """Return one payment of so long ago, with a dot that names a trace."""
    at_ns = time.time_ns() - round(age_seconds * building.SECOND)
    dot = building.exemplar(3.0, trace=trace_id, at_ns=at_ns)
    point = building.histogram_point(
        [0, 0, 1, 0], start_ns=at_ns - building.SECOND, time_ns=at_ns, exemplars=[dot]
    )
    metric = building.histogram(point)
    metric.name = contract.PAYMENT_DURATION.name
    return metric


def published(count: int) -> Metric:
    """Return the word of a program that so many of its exemplars were delivered since a minute ago."""
    metric = building.counter(count, start_ns=time.time_ns() - 60 * building.SECOND)
    metric.name = contract.EXEMPLARS.name
    [point] = metric.sum.data_points
    point.attributes.extend(building.attributes(state=contract.PUBLISHED))
    return metric


def send(stack: Stack, metric: Metric) -> None:
    request = building.metrics(metric, instance="foreign/0")
    answer = requests.post(
        f"{stack.collector_otlp}/v1/metrics",
        data=request.SerializeToString(),
        headers={"Content-Type": "application/x-protobuf"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
