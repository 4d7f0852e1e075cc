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
LENS_SECONDS = 2


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


def test_demo_whose_lens_hangs_stops_in_time(tmp_path: Path) -> None:
    """The lens itself cannot stop any more: it is killed after its own two seconds."""
    with running_demo(tmp_path) as demo:
        buy(demo)
        for pid in family(demo.supervisor.pid("lens")):
            os.kill(pid, signal.SIGSTOP)
        # Metrics leave every 5 s and give up after 2: by then every process knows.
        time.sleep(8)

        began = time.monotonic()
        status = demo.interrupt()
        took = time.monotonic() - began

    assert status == 0
    assert took <= LIMIT_SECONDS + LENS_SECONDS
