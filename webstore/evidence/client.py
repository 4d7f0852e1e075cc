"""The read API of Prometheus and Tempo, which the lens answers too: one client for either.

ReadSideError
├── Unreachable   nobody answered, or not in time
└── BadAnswer     somebody did, but not like Prometheus or Tempo
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import requests
import urllib3
from opentelemetry.instrumentation.utils import suppress_instrumentation

from webstore.evidence import otlp_json
from webstore.evidence.tree import Span

MAX_ANSWER_BYTES = 32 * 2**20
_CHUNK_BYTES = 64 * 2**10
_TOLD_SIGNS = 200

Read = TypeVar("Read")


class ReadSideError(Exception):
    """Why there is no evidence; the message is one line for people."""


class Unreachable(ReadSideError):
    pass


class BadAnswer(ReadSideError):
    pass


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


@dataclass(frozen=True)
class Sample:
    labels: Mapping[str, str]
    value: float


class ReadSide:
    """Asks two servers, which may be one. `timeout_seconds` bounds each answer as a whole."""

    def __init__(self, *, metrics_url: str, traces_url: str, timeout_seconds: float = 10.0) -> None:
        self._metrics_url = metrics_url.rstrip("/")
        self._traces_url = traces_url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._session = requests.Session()
        # Neither proxies nor .netrc: it asks nobody but these two.
        self._session.trust_env = False
        # What comes is measured as it comes, so it must not grow afterwards.
        self._session.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> "ReadSide":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, stack: TracebackType | None) -> None:
        self._session.close()

    def exemplars(self, query: str, *, start: float, end: float) -> list[Exemplar]:
        """Return a query's exemplars between two moments in Unix seconds, both included."""
        bounds = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}"}
        return self._read(f"{self._metrics_url}/api/v1/query_exemplars", bounds, _exemplars)

    def query(self, expression: str) -> list[Sample]:
        """Return the instant vector of an expression, for now."""
        return self._read(f"{self._metrics_url}/api/v1/query", {"query": expression}, _samples)

    def trace(self, trace_id: str) -> tuple[Span, ...]:
        """Return a trace's spans, none when it is not stored."""
        return self._read(f"{self._traces_url}/api/v2/traces/{trace_id}", {}, otlp_json.spans)

    def _read(self, url: str, parameters: dict[str, str], read: Callable[[Any], Read]) -> Read:
        # Looking at telemetry must leave none: else each audit is what the next one finds.
        with suppress_instrumentation():
            body = self._get(url, parameters)
        try:
            return read(json.loads(body))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BadAnswer(f"{url} did not answer in the shape of Prometheus and Tempo") from error

    def _get(self, url: str, parameters: dict[str, str]) -> bytes:
        give_up_at = time.monotonic() + self._timeout_seconds
        try:
            with self._session.get(
                url, params=parameters, timeout=self._timeout_seconds, stream=True, allow_redirects=False
            ) as response:
                body = _body(response, give_up_at)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise Unreachable(f"{url} is no address to ask") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{url} does not answer") from error
        if response.status_code != 200:
            said = body[:_TOLD_SIGNS].decode(errors="replace").strip()
            raise BadAnswer(f"{url} answered {response.status_code}: {' '.join(said.split())}")
        return body


def _body(response: requests.Response, give_up_at: float) -> bytes:
    """Return the whole body, however slowly it comes; a single byte resets the socket's own timeout."""
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise BadAnswer(f"{response.url} answered with more than {MAX_ANSWER_BYTES >> 20} MiB")
        if time.monotonic() > give_up_at:
            raise Unreachable(f"{response.url} did not answer in time")
    return bytes(body)


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
