"""The read API of Prometheus and Tempo, which the lens answers too: one client for either."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from webstore.evidence import otlp_json
from webstore.evidence.asking import Answer, Asker, BadAnswer, ReadSideError, Unreachable
from webstore.evidence.tree import Span

__all__ = ["BadAnswer", "Exemplar", "ReadSide", "ReadSideError", "Sample", "Unreachable"]

Read = TypeVar("Read")

_TRACE_ID = re.compile(r"[0-9a-f]{1,32}")


@dataclass(frozen=True)
class Exemplar:
    """One dot: a measured value and the span it was measured in."""

    value: float
    at: float
    """Unix seconds."""
    trace_id: str
    span_id: str
    series: Mapping[str, str]

    @property
    def metric(self) -> str:
        return self.series.get("__name__", "")

    @property
    def is_well_formed(self) -> bool:
        """Return whether its trace can be asked for: what is no id has no place in an address."""
        return _TRACE_ID.fullmatch(self.trace_id) is not None


@dataclass(frozen=True)
class Sample:
    labels: Mapping[str, str]
    value: float


class ReadSide:
    """Asks two servers, which may be one. `timeout_seconds` bounds each answer as a whole."""

    def __init__(
        self,
        *,
        metrics_url: str,
        traces_url: str,
        timeout_seconds: float = 10.0,
        asker: Asker | None = None,
    ) -> None:
        self._metrics_url = metrics_url.rstrip("/")
        self._traces_url = traces_url.rstrip("/")
        self._asker = asker or Asker(timeout_seconds=timeout_seconds)

    def __enter__(self) -> "ReadSide":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, stack: TracebackType | None) -> None:
        self._asker.close()

    def exemplars(self, query: str, *, start: float, end: float) -> list[Exemplar]:
        """Return a query's exemplars between two moments in Unix seconds, both included."""
        bounds = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}"}
        return self._read(f"{self._metrics_url}/api/v1/query_exemplars", bounds, _exemplars)

    def query(self, expression: str) -> list[Sample]:
        """Return the instant vector of an expression, for now."""
        return self._read(f"{self._metrics_url}/api/v1/query", {"query": expression}, _samples)

    def values(self, selector: str) -> list[tuple[float, float]]:
        """Return the moments and values of a range such as `name[1m]`; the lens answers none."""
        return self._read(f"{self._metrics_url}/api/v1/query", {"query": selector}, _values)

    def trace(self, trace_id: str) -> tuple[Span, ...]:
        """Return a trace's spans, none when it is not stored."""
        return self._read(f"{self._traces_url}/api/v2/traces/{trace_id}", {}, otlp_json.spans)

    def _read(self, url: str, parameters: dict[str, str], read: Callable[[Any], Read]) -> Read:
        return read_json(self._asker.get(url, parameters), read)


def read_json(answer: Answer, read: Callable[[Any], Read]) -> Read:
    """Return what `read` makes of a JSON answer; BadAnswer for any other."""
    try:
        return read(json.loads(answer.whole()))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadAnswer(f"{answer.url} did not answer in the shape of Prometheus and Tempo") from error


def _exemplars(answer: Any) -> list[Exemplar]:
    return [
        Exemplar(
            value=float(found["value"]),
            at=float(found["timestamp"]),
            trace_id=str(found["labels"].get("trace_id", "")).lower(),
            span_id=str(found["labels"].get("span_id", "")).lower(),
            series=series["seriesLabels"],
        )
        for series in answer["data"]
        for found in series["exemplars"]
    ]


def _samples(answer: Any) -> list[Sample]:
    return [Sample(found["metric"], float(found["value"][1])) for found in answer["data"]["result"]]


def _values(answer: Any) -> list[tuple[float, float]]:
    return [
        (float(at), float(value)) for series in answer["data"]["result"] for at, value in series["values"]
    ]
