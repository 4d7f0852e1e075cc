"""Every program stops in time, whatever the sink does."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.buying import buy
from tests.e2e.running import running_demo
from tests.sinks.conftest import FAILING
from tests.sinks.load import browse
from tests.sinks.programs import SENDERS, Programs, Sink, family
from tests.sinks.sink import Mode

LIMIT_SECONDS = 5


@pytest.mark.parametrize("mode", FAILING)
def test_every_program_stops_in_time(shop: Programs, sink: Sink, mode: Mode) -> None:
    shop.start(*SENDERS)
    sink.switch(mode)
    browse(shop.shop, requests_count=100)
    # By now some know that the sink fails; others learn it from their last try.
    time.sleep(1)

    took = shop.stop(*SENDERS)
    sink.switch(Mode.HEALTHY)

    assert max(took.values()) <= LIMIT_SECONDS, took


def test_whole_demo_stops_in_time_while_its_lens_is_silent(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        buy(demo)
        for pid in family(demo.supervisor.pid("lens")):
            os.kill(pid, signal.SIGSTOP)
        buy(demo)
        time.sleep(3)

        began = time.monotonic()
        status = demo.interrupt()
        took = time.monotonic() - began

    assert status == 0
    assert took <= LIMIT_SECONDS
