"""`make run-real` as the README has it: clear words, a clean stop, the same data next time."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.binaries import skip_without
from tests.e2e import evidence
from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import eventually
from tests.e2e.readme import RUN_REAL
from tests.e2e.running import ROOT, is_up, outer_environment, start_demo
from tests.stack.running import (
    MODULE,
    NEEDED,
    Stack,
    free_real_places,
    running_stack,
    without_postgres,
)
from webstore.demo.real.places import RealPlaces

SENDERS = {"web", "beat", "worker-payments", "worker-default", "provider"}
_UP_SECONDS = 200


@dataclass(frozen=True)
class Evening:
    """A run that was interrupted right after an order."""

    order: Bought
    stop_seconds: float
    left: list[str]
    # Programs in the order they ended.
    ended: list[str]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPlaces]:
    skip_without(*NEEDED)
    found = free_real_places(tmp_path_factory.mktemp("real"))
    with without_postgres(found):
        yield found


@pytest.fixture(scope="module")
def evening(places: RealPlaces, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """Type the README's command in a terminal, buy something, and press Ctrl-C."""
    log = tmp_path_factory.mktemp("terminal") / "log"
    process = _type(RUN_REAL, places, log)
    try:
        eventually(lambda: is_up(_lines(log)) or process.poll() is not None, seconds=_UP_SECONDS)
        assert is_up(_lines(log)), log.read_text()
        order = buy(Stack(places, process, []))
    finally:
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    took = time.monotonic() - began
    ended = re.findall(r"stopped: ([\w-]+)", (places.logs / "supervisor.log").read_text())
    return Evening(order, took, _processes_on(places.data), ended)


def _type(commands: list[str], places: RealPlaces, log: Path) -> "subprocess.Popen[str]":
    own = {name: str(port) for name, port in places.ports.items()} | {"WEBSTORE_DATA": str(places.data)}
    with log.open("w") as terminal:
        return subprocess.Popen(
            ["bash", "-c", "\n".join(commands)],
            cwd=ROOT,
            env=outer_environment() | own,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def _lines(log: Path) -> list[str]:
    return log.read_text().splitlines()


def _processes_on(data: Path) -> list[str]:
    """Return the commands of what lives with this folder in its environment, whatever its session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(data) in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def morning(evening: Evening, places: RealPlaces) -> Iterator[Stack]:
    """Start again on the same data."""
    with running_stack(places.data, places) as running:
        yield running


def test_ctrl_c_stops_everything_within_seconds(evening: Evening) -> None:
    assert evening.left == []
    assert evening.stop_seconds <= 15


def test_relay_ended_after_all_senders_and_before_all_receivers(evening: Evening) -> None:
    at = evening.ended.index("collector")

    assert set(evening.ended[:at]) == SENDERS
    assert {"prometheus", "postgres", "redis", "alertmanager", "pager"} <= set(evening.ended[at:])


def test_database_was_shut_down_in_order(evening: Evening, places: RealPlaces) -> None:
    log = (places.logs / "postgres.log").read_text()

    assert "received fast shutdown request" in log
    assert log.rstrip().endswith("database system is shut down")


def test_next_start_goes_on_with_the_same_order(evening: Evening, morning: Stack) -> None:
    order = evening.order

    assert morning.shopper().wait(order.path, seconds=30) == "Paid"
    assert morning.ledger(order.number) == [("succeeded", order.total_minor)]


def test_last_spans_of_a_stopped_run_arrived(evening: Evening, morning: Stack) -> None:
    spans = eventually(lambda: evidence.trace(morning.traces, evening.order.trace_id))

    assert {"POST /checkout", "create_order"} <= {span.name for span in spans}


def test_what_it_prints_to_type_works(morning: Stack) -> None:
    traffic, audit = [line for line in morning.output if "generate-traffic" in line or "manage.py" in line]

    for command in (f"{traffic.strip()} --orders 6", audit.strip()):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=outer_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, command + done.stdout + done.stderr


def test_dead_back_end_takes_everything_down_loudly(morning: Stack) -> None:
    os.kill(morning.supervisor.pid("prometheus"), signal.SIGKILL)
    status = morning.process.wait(30)

    assert status == 1
    assert "prometheus died" in "".join(morning.output)
    assert _processes_on(morning.places.data) == []


def test_missing_back_end_is_named_before_anything_starts(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    process = start_demo(free_real_places(tmp_path / "data"), module=MODULE, WEBSTORE_BACKENDS=nowhere)
    output, _ = process.communicate(timeout=30)

    assert output.count("\n") == 1
    assert output.startswith("make run-real needs otelcol (build it")
    assert not (tmp_path / "data").exists()


def test_tempo_that_is_no_program_is_named(tmp_path: Path) -> None:
    skip_without(*NEEDED)
    process = start_demo(free_real_places(tmp_path), module=MODULE, TEMPO_BIN=str(tmp_path))
    output, _ = process.communicate(timeout=30)

    assert output == f"TEMPO_BIN is no program: {tmp_path}. Unset it for the lens instead.\n"
