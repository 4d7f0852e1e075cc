"""The Collector goes and comes back in mid-traffic, and nothing a dot points at is lost."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.stack.judging import incomplete, judged, queued
from tests.stack.running import Stack
from tests.stack.shoppers import crowd


def _asked(stack: Stack) -> None:
    stack.supervisor.stop("collector")
    time.sleep(4)


def _killed_with_its_hands_full(stack: Stack) -> None:
    stack.supervisor.stop(stack.trace_store)
    try:
        time.sleep(4)
        assert queued(stack) > 0
        # It hears no SIGTERM any more: after 5 s it gets SIGKILL.
        os.kill(stack.supervisor.pid("collector"), signal.SIGSTOP)
        stack.supervisor.stop("collector")
    finally:
        stack.supervisor.start(stack.trace_store)


@pytest.mark.parametrize("end", [_asked, _killed_with_its_hands_full])
def test_restart_loses_no_trace_behind_a_dot(stack: Stack, end: Callable[[Stack], None]) -> None:
    began_at = time.time()
    with crowd(stack, orders_per_second=3) as came:
        time.sleep(6)
        try:
            end(stack)
        finally:
            stack.supervisor.start("collector")
        time.sleep(6)

    report = judged(stack, since=began_at)

    assert set(came.states) == {"Paid"}
    assert report.dead == ()
    assert report.counts["alive"] >= len(came.paths)
    assert incomplete(stack, came.trace_ids) == {}
