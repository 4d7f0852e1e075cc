"""A newcomer's first hour: a fresh clone and the README's commands, as printed."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.e2e.readme import README, RUN, TEST, VERIFY
from tests.e2e.running import ROOT, free_places, is_up, outer_environment
from webstore.demo.places import Places

# `make test` in full would run this very test again.
ONE_TEST = {"TESTS": "tests/telemetry/test_instance.py"}
INSTALL_SECONDS = 600


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout: git clone it instead of unpacking an archive")
    target = tmp_path_factory.mktemp("fresh") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    return target


@pytest.fixture(scope="module")
def places(clone: Path) -> Places:
    return free_places(clone / "var")


@pytest.fixture(scope="module")
def running(clone: Path, places: Places) -> Iterator[Path]:
    """Run the README's first command in a terminal of its own and press Ctrl-C at the end."""
    log = clone.parent / "terminal"
    with log.open("w") as terminal:
        process = subprocess.Popen(
            ["bash", "-c", "\n".join(RUN)],
            cwd=clone,
            env=_environment(places),
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: is_up(_lines(log)) or process.poll() is not None, seconds=INSTALL_SECONDS)
        assert is_up(_lines(log)), log.read_text()
        yield clone
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def _lines(log: Path) -> list[str]:
    return log.read_text().splitlines()


def _environment(places: Places) -> dict[str, str]:
    ports = {name: str(port) for name, port in places.ports.items()}
    return {**outer_environment(), **ports}


def _moved(command: str, places: Places) -> str:
    """Return a printed command with the demo's usual ports replaced by this test's."""
    for usual, port in zip(Places(places.data).ports.values(), places.ports.values(), strict=True):
        command = command.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{port}")
    return command


def _run(command: str, clone: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_verification_ends_in_a_whole_trace(running: Path, places: Places) -> None:
    outputs = [_run(_moved(command, places), running, _environment(places)) for command in VERIFY]

    groups = json.loads(outputs[-1])["trace"]["resourceSpans"]
    services = {
        item["value"]["stringValue"]
        for group in groups
        for item in group["resource"]["attributes"]
        if item["key"] == "service.name"
    }
    assert services == {"web", "worker", "provider"}
    assert "Slowest payment: " in outputs[0]


@pytest.mark.parametrize("command", TEST)
def test_checks_and_tests_run_in_a_fresh_clone(clone: Path, command: str) -> None:
    _run(command, clone, {**outer_environment(), **ONE_TEST})


def test_readme_fits_a_screen() -> None:
    assert len(README.splitlines()) <= 66
