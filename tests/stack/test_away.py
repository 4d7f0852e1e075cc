"""Prometheus and the trace store are away for a minute, behind a Collector that is there."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.stack.judging import accepted, catch_up, incomplete, judged, owed, queued
from tests.stack.running import Stack
from tests.stack.shoppers import Crowd, crowd
from webstore.evidence.audit import Report

AWAY_SECONDS = 60
SIGNALS = ("spans", "metric_points")
# The Collector's own limit is 192 MiB of heap (deploy/collector); around it are code and stacks.
MOST_MIB = 256


@dataclass(frozen=True)
class Outage:
    owed_before: dict[str, float]
    came: Crowd
    waiting_bytes: float
    """How many bytes the Collector held when it ended."""
    memory_mib: float
    report: Report


@pytest.fixture(scope="module")
def outage(stack: Stack) -> Outage:
    catch_up(stack)
    owed_before = {signal: owed(stack, signal) for signal in SIGNALS}
    began_at = time.time()
    away = ("prometheus", stack.trace_store)
    with crowd(stack, orders_per_second=2) as came:
        for program in away:
            stack.supervisor.stop(program)
        try:
            time.sleep(AWAY_SECONDS)
            waiting_bytes, memory = queued(stack), _resident_mib(stack.supervisor.pid("collector"))
        finally:
            for program in away:
                stack.supervisor.start(program)
    return Outage(owed_before, came, waiting_bytes, memory, judged(stack, since=began_at))


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def test_nobody_who_buys_notices(outage: Outage) -> None:
    assert len(outage.came.paths) >= AWAY_SECONDS
    assert set(outage.came.states) == {"Paid"}


def test_collector_keeps_what_it_took_and_stays_small(outage: Outage) -> None:
    assert outage.waiting_bytes > 1024 * AWAY_SECONDS
    assert outage.memory_mib < MOST_MIB


def test_traces_arrive_later(stack: Stack, outage: Outage) -> None:
    assert incomplete(stack, outage.came.trace_ids) == {}


def test_dots_arrive_later_and_each_is_alive(outage: Outage) -> None:
    assert outage.report.dead == ()
    assert outage.report.counts["alive"] >= len(outage.came.paths)


@pytest.mark.parametrize("signal", SIGNALS)
def test_collector_hands_on_all_it_took(stack: Stack, outage: Outage, signal: str) -> None:
    eventually(lambda: owed(stack, signal) == outage.owed_before[signal])

    assert accepted(stack, signal) > 0
    assert owed(stack, signal) == outage.owed_before[signal]
