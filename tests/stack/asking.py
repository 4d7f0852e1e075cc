"""Prometheus asked the way Grafana and the rules ask it."""

import math
import time
from typing import Any

import requests

from tests.stack.running import Stack


def over_time(stack: Stack, expression: str, *, since: float) -> list[float]:
    """Return every number of a range query from then until now, as a panel would draw it."""
    bounds = {"start": f"{since:.3f}", "end": f"{time.time():.3f}", "step": "5"}
    found = _asked(stack, "query_range", {"query": expression, **bounds})
    values = [float(value) for series in found["result"] for _, value in series["values"]]
    return [value for value in values if math.isfinite(value)]


def now(stack: Stack, expression: str) -> list[dict[str, str]]:
    """Return the labels of what an expression is true of now, as a rule would see it."""
    found = _asked(stack, "query", {"query": expression})
    return [series["metric"] for series in found["result"]]


def _asked(stack: Stack, call: str, parameters: dict[str, str]) -> Any:
    answer = requests.get(f"{stack.prometheus}/api/v1/{call}", params=parameters, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
