"""What the read API shows of a running system, flattened for assertions."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

Found = TypeVar("Found")


@dataclass(frozen=True)
class Span:
    """One stored span; ids are hex, "" where there is none."""

    name: str
    service: str
    instance: str
    span_id: str
    parent_id: str
    kind: str
    status: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Dot:
    """One exemplar with the labels of its series."""

    value: float
    trace_id: str
    span_id: str
    labels: dict[str, str]


def eventually(find: Callable[[], Found], *, seconds: float = 30) -> Found:
    """Return the first truthy answer; the last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := find()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def trace(lens: str, trace_id: str) -> list[Span]:
    """Return a trace's spans, [] when it is not stored."""
    answer = requests.get(f"{lens}/api/v2/traces/{trace_id}", timeout=10)
    answer.raise_for_status()
    groups = answer.json().get("trace", {}).get("resourceSpans", [])
    return [
        _span(span, group["resource"])
        for group in groups
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]


def dots(lens: str, query: str) -> list[Dot]:
    """Return every exemplar of a query such as `webstore_payment_duration_bucket{outcome="declined"}`."""
    answer = requests.get(f"{lens}/api/v1/query_exemplars", params={"query": query}, timeout=10)
    answer.raise_for_status()
    return [
        Dot(
            float(found["value"]),
            found["labels"]["trace_id"],
            found["labels"]["span_id"],
            series["seriesLabels"],
        )
        for series in answer.json()["data"]
        for found in series["exemplars"]
    ]


def values(lens: str, query: str) -> list[tuple[dict[str, str], float]]:
    """Return the instant vector of a query as (labels, value)."""
    answer = requests.get(f"{lens}/api/v1/query", params={"query": query}, timeout=10)
    answer.raise_for_status()
    return [(result["metric"], float(result["value"][1])) for result in answer.json()["data"]["result"]]


def total(lens: str, query: str) -> float:
    return sum(value for _, value in values(lens, query))


def _span(span: dict[str, Any], resource: dict[str, Any]) -> Span:
    origin = _attributes(resource)
    return Span(
        name=span["name"],
        service=origin["service.name"],
        instance=origin["service.instance.id"],
        span_id=base64.b64decode(span["spanId"]).hex(),
        parent_id=base64.b64decode(span.get("parentSpanId", "")).hex(),
        kind=span.get("kind", ""),
        status=span.get("status", {}).get("code", ""),
        attributes=_attributes(span),
    )


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {item["key"]: next(iter(item["value"].values()), None) for item in holder.get("attributes", [])}
