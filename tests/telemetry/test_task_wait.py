"""How long a message waited is not asked of clocks that may be apart."""

import time
from typing import Any

import pytest
from celery import Celery

from tests.recording import Telemetry
from webstore.telemetry import contract, tasks


@Celery("idle", set_as_current=False).task(base=tasks.MeasuredTask, name="tests.idle")
def idle() -> None:
    pass


IDLE = {contract.TASK: "tests.idle", contract.OUTCOME: contract.SUCCEEDED}


def _wait_by(headers: dict[str, Any], telemetry: Telemetry) -> float:
    """Run the task for a message with these headers; return how much longer all have waited."""

    def total() -> float:
        points = telemetry.points(contract.TASK_WAIT.name)
        return sum(float(point.sum) for point in points if dict(point.attributes) == IDLE)

    before = total()
    idle.push_request(**headers)
    try:
        idle()
    finally:
        idle.pop_request()
    return total() - before


@pytest.fixture
def headers() -> dict[str, Any]:
    """Return what a publisher stamps whose clock is ten minutes behind."""
    stamped: dict[str, Any] = {}
    tasks.note_published_at(headers=stamped)
    return {**stamped, tasks.PUBLISHED_AT: time.time() - 600}


def test_clock_of_another_process_is_no_wait(telemetry: Telemetry, headers: dict[str, Any]) -> None:
    assert 0 <= _wait_by(headers, telemetry) < 10


@pytest.mark.parametrize("boot", [None, "of another machine"])
def test_message_of_another_machine_goes_by_its_clock(
    telemetry: Telemetry, headers: dict[str, Any], boot: str | None
) -> None:
    assert _wait_by({**headers, tasks.BOOT: boot}, telemetry) == pytest.approx(600, abs=10)
