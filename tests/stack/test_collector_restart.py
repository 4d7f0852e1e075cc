"""The Collector goes and comes back in mid-traffic, and nothing a dot points at is lost."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.stack.judging import incomplete, judged
from tests.stack.running import Stack
from tests.stack.shoppers import crowd


def _asked(stack: Stack) -> None:
    stack.supervisor.stop("collector")
    time.sleep(4)


def _killed(stack: Stack) -> None:
    # It hangs with all it has, hears no SIGTERM, and ends by SIGKILL.
    os.kill(stack.supervisor.pid("collector"), signal.SIGSTOP)
    stack.supervisor.stop("collector")


@pytest.mark.parametrize("end", [_asked, _killed])
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
