"""A demo at 10 % sampling in which everything the contract measures has happened."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.buying import buy
from tests.e2e.crowd import shop
from tests.e2e.running import ROOT, Demo, running_demo
from webstore.evidence.client import ReadSide

ORDERS = 25


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Return a demo after `ORDERS` orders; the last of them came while the broker was gone."""
    folder = tmp_path_factory.mktemp("busy")
    with running_demo(folder, WEBSTORE_TRACE_RATIO="0.1", WEBSTORE_AUDIT_SECONDS="5") as running:
        shop(running, orders=ORDERS - 1)
        running.supervisor.stop("broker")
        buy(running)
        running.supervisor.start("broker")
        ask_doctor(running)
        yield running


def ask_doctor(demo: Demo, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `manage.py doctor` beside a demo, as whoever wonders about its dots."""
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT,
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def read_side(busy: Demo) -> Iterator[ReadSide]:
    with ReadSide(metrics_url=busy.lens, traces_url=busy.lens) as asked:
        yield asked
