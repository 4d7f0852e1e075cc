"""What the back ends hold after a fault: whole traces, and dots that open them."""

import re
import time

import requests

from tests.e2e.evidence import eventually
from tests.stack.running import Stack
from webstore.evidence.audit import ALL_HISTOGRAMS, Report, Scope, audit
from webstore.evidence.client import ReadSide
from webstore.telemetry import contract

# One name of each program an order passes; the provider's own joins last.
WHOLE = frozenset(
    {contract.CHECKOUT, contract.PROCESS_PAYMENT, contract.PAYMENT_PROVIDER_API, "POST /v1/charges"}
)
# The shop's metrics leave every 5 s, and an exemplar only after its span arrived.
_PUBLISHED_SECONDS = 12
_CAUGHT_UP_SECONDS = 60
_SAMPLE = re.compile(r"^(\w+)(?:\{.*\})? ([-+.\deE]+)$", re.MULTILINE)


def read_side(stack: Stack) -> ReadSide:
    return ReadSide(metrics_url=stack.prometheus, traces_url=stack.traces)


def judged(stack: Stack, *, since: float) -> Report:
    """Wait until all that was measured has arrived; audit every dot since then, younger ones too."""
    end = time.time()
    time.sleep(_PUBLISHED_SECONDS)
    catch_up(stack)
    with read_side(stack) as asked:
        return audit(asked, Scope(ALL_HISTOGRAMS, since, end, most_traces=10_000))


def catch_up(stack: Stack) -> None:
    """Wait until the Collector has handed on all it took: also what it tries again only in a while."""
    assert eventually(lambda: queued(stack) == 0, seconds=_CAUGHT_UP_SECONDS)


def queued(stack: Stack) -> float:
    """Return the bytes that wait in the Collector's two queues."""
    return _sum(_told(stack), "otelcol_exporter_queue_size")


def owed(stack: Stack, signal: str) -> float:
    """Return how many `spans` or `metric_points` the Collector took and has not handed on."""
    told = _told(stack)
    return _sum(told, f"otelcol_receiver_accepted_{signal}") - _sum(told, f"otelcol_exporter_sent_{signal}")


def accepted(stack: Stack, signal: str) -> float:
    return _sum(_told(stack), f"otelcol_receiver_accepted_{signal}")


def _told(stack: Stack) -> str:
    answer = requests.get(stack.collector_metrics, timeout=10)
    answer.raise_for_status()
    return answer.text


def _sum(told: str, name: str) -> float:
    return sum(float(value) for found, value in _SAMPLE.findall(told) if found in {name, f"{name}_total"})


def incomplete(stack: Stack, trace_ids: list[str]) -> dict[str, frozenset[str]]:
    """Return what each of these traces lacks, once nothing is missing or a minute is over."""
    waiting = dict.fromkeys(trace_ids, WHOLE)

    def ask() -> bool:
        with read_side(stack) as asked:
            for trace_id in list(waiting):
                waiting[trace_id] = WHOLE - {span.name for span in asked.trace(trace_id)}
                if not waiting[trace_id]:
                    del waiting[trace_id]
        return not waiting

    eventually(ask, seconds=_CAUGHT_UP_SECONDS)
    return waiting
