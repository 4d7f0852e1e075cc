"""The heartbeat file is fresh while a main loop turns or waits for its broker, and only then."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT
from tests.lifecycle.place import Place
from tests.lifecycle.queue_programs import Beat, Broker, Worker
from webstore.heartbeat import BEAT_SECONDS, age_seconds, beat

# Two beats may be late before a test calls it silence.
SILENCE_SECONDS = 3 * BEAT_SECONDS

StartWorker = Callable[..., Worker]


@pytest.fixture
def heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "heartbeat"
    monkeypatch.setenv("WEBSTORE_HEARTBEAT", str(file))
    return file


@pytest.fixture
def worker(heartbeat: Path, start_worker: StartWorker) -> Worker:
    return start_worker()


def _probe(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "webstore.heartbeat", *options]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def _stays_fresh(file: Path, *, seconds: float) -> bool:
    gives_up_at = time.monotonic() + seconds
    while time.monotonic() < gives_up_at and age_seconds(file) <= SILENCE_SECONDS:
        time.sleep(0.2)
    return age_seconds(file) <= SILENCE_SECONDS


def _falls_silent(file: Path) -> bool:
    return eventually(lambda: age_seconds(file) > SILENCE_SECONDS, seconds=4 * SILENCE_SECONDS)


def test_idle_worker_beats(heartbeat: Path, worker: Worker) -> None:
    assert _stays_fresh(heartbeat, seconds=1.5 * SILENCE_SECONDS)
    assert _probe().returncode == 0


def test_worker_whose_main_process_hangs_falls_silent(heartbeat: Path, worker: Worker) -> None:
    worker.send(signal.SIGSTOP)

    assert _falls_silent(heartbeat)
    worker.send(signal.SIGCONT)


def test_worker_whose_consumer_hangs_falls_silent(heartbeat: Path, worker: Worker, broker: Broker) -> None:
    broker.clog()

    assert _falls_silent(heartbeat)
    done = _probe("--max-age", str(SILENCE_SECONDS))
    assert done.returncode == 1
    assert "the last heartbeat was" in done.stderr


def test_worker_with_all_children_busy_beats(heartbeat: Path, worker: Worker, broker: Broker) -> None:
    for _ in range(4):
        broker.send("slow", 8)

    assert _stays_fresh(heartbeat, seconds=1.5 * SILENCE_SECONDS)


@pytest.mark.parametrize("is_beat", [False, True])
def test_broker_that_is_away_silences_nobody(
    heartbeat: Path, place: Place, broker: Broker, is_beat: bool
) -> None:
    program = (Beat if is_beat else Worker)(place, broker)
    try:
        broker.stop()
        # Longer than the first waits between tries: 2, 4, 6 s.
        assert _stays_fresh(heartbeat, seconds=3 * SILENCE_SECONDS)
    finally:
        program.end()


class WorkerWithoutBroker(Worker):
    up = "trying again in 4 s"


class BeatWithoutBroker(Beat):
    up = "trying again in 4 s"


@pytest.mark.parametrize("kind", [WorkerWithoutBroker, BeatWithoutBroker])
def test_program_that_never_had_a_broker_beats(
    heartbeat: Path, place: Place, broker: Broker, kind: type[Worker] | type[Beat]
) -> None:
    broker.stop()
    program = kind(place, broker)
    try:
        assert _stays_fresh(heartbeat, seconds=1.5 * SILENCE_SECONDS)
    finally:
        program.end()


def test_beat_that_hangs_falls_silent(heartbeat: Path, beat: Beat) -> None:
    assert _stays_fresh(heartbeat, seconds=SILENCE_SECONDS)

    beat.send(signal.SIGSTOP)

    assert _falls_silent(heartbeat)
    beat.send(signal.SIGCONT)


def test_probe_without_a_heartbeat_fails(heartbeat: Path) -> None:
    done = _probe()

    assert done.returncode == 1
    assert "no heartbeat yet" in done.stderr


def test_probe_does_not_trust_a_beat_from_the_future(heartbeat: Path) -> None:
    beat()
    os.utime(heartbeat, (time.time() + 600,) * 2)

    assert _probe().returncode == 1


def test_heartbeat_that_cannot_be_written_stops_nothing(
    heartbeat: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WEBSTORE_HEARTBEAT", str(heartbeat / "nowhere"))

    beat()

    assert "no heartbeat" in caplog.text
