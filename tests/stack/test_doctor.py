"""`manage.py doctor` beside the real back ends: fine when they are, and right when one of them is away."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.running import ROOT
from tests.stack.running import Stack, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: others' outages, and purchases of the same moment, rightly leave doubts."""
    with running_stack(tmp_path_factory.mktemp("doctor"), WEBSTORE_TRACE_RATIO="0.1") as running:
        # Until something was bought there is no histogram to judge.
        _asked(running, "--checkout")
        yield running


def _asked(stack: Stack, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and what was told."""
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", *arguments],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_stack_as_deployed_is_healthy_up_to_a_practice_orders_trace(stack: Stack) -> None:
    code, told = _asked(stack, "--checkout")

    states = {verdict["hop"]: verdict["state"] for verdict in told["verdicts"]}
    assert (code, told["cause"]) == (0, None), told["verdicts"]
    assert (states.pop("retention") in {"fine", "absent"}, set(states.values())) == (
        True,
        {"fine"},
    ), told["verdicts"]


@pytest.mark.parametrize(
    ("program", "hop", "setting"),
    [
        ("collector", "exporter", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("prometheus", "prometheus", "WEBSTORE_METRICS_URL"),
    ],
)
def test_what_is_away_is_named(stack: Stack, program: str, hop: str, setting: str) -> None:
    _asked(stack)
    stack.supervisor.stop(program)
    try:
        code, told = _asked(stack)
    finally:
        stack.supervisor.start(program)

    assert (code, told["cause"]["hop"], told["cause"]["setting"]) == (1, hop, setting), told["verdicts"]


def test_trace_store_that_is_away_is_named(stack: Stack) -> None:
    stack.supervisor.stop(stack.trace_store)
    try:
        code, told = _asked(stack)
    finally:
        stack.supervisor.start(stack.trace_store)

    assert (code, told["cause"]["setting"]) == (1, "WEBSTORE_TRACES_URL"), told["verdicts"]


def test_all_is_fine_again_when_all_are_back(stack: Stack) -> None:
    code, told = _asked(stack, "--seconds", "90")

    assert code == 0, told["verdicts"]
