"""A worker that recycles its children, or is told to stop, sends everything its tasks did."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.e2e.evidence import eventually
from tests.lifecycle.place import Place
from tests.lifecycle.queue_programs import Beat, Broker, Worker
from tests.lifecycle.work import VISITS
from webstore.telemetry import contract

StartWorker = Callable[..., Worker]
SOFT = {"REMAP_SIGTERM": "SIGQUIT", "WORKER_SOFT_SHUTDOWN_SECONDS": "1"}


@pytest.mark.parametrize("ratio", ["1", "0"])
def test_recycling_after_each_task_loses_nothing(
    place: Place, broker: Broker, start_worker: StartWorker, ratio: str
) -> None:
    start_worker(WORKER_MAX_TASKS_PER_CHILD="1", WEBSTORE_TRACE_RATIO=ratio)

    traces = [broker.send("whole") for _ in range(6)]

    assert eventually(lambda: place.has_begun(*traces) and place.sink.total(VISITS) == place.visits)
    assert place.missing(traces) == {}
    assert place.sink.total(contract.TASK_DURATION.name) == place.runs
    assert len(place.sink.points(VISITS)) == place.runs
    assert {point.instance for point in place.sink.points(VISITS)} <= {f"worker/{slot}" for slot in range(4)}
    assert place.sink.dots
    assert place.sink.dead_dots() == set()


def test_recycling_sends_what_a_thread_left_behind_had_begun(
    place: Place, broker: Broker, start_worker: StartWorker
) -> None:
    start_worker(WORKER_MAX_TASKS_PER_CHILD="1")

    loose = broker.send("loose")

    assert eventually(lambda: place.has_begun(loose) and place.sink.total(VISITS) == place.visits)
    assert place.missing([loose]) == {}
    assert place.cut(loose) == {"late"}


def test_warm_stop_finishes_running_tasks_and_sends_them(
    place: Place, broker: Broker, start_worker: StartWorker
) -> None:
    worker = start_worker()
    done = [broker.send("whole") for _ in range(3)]
    running = broker.send("slow", 1)
    assert eventually(lambda: place.has_begun(*done, running))

    worker.stop()

    assert place.missing([*done, running]) == {}
    assert place.sink.total(contract.TASK_DURATION.name, outcome=contract.SUCCEEDED) == place.runs
    assert place.sink.total(contract.TRACES.name, reason=contract.UNFINISHED) == 0
    assert place.sink.dead_dots() == set()


def test_soft_stop_sends_the_task_it_cuts_too(
    place: Place, broker: Broker, start_worker: StartWorker
) -> None:
    worker = start_worker(**SOFT)
    done = [broker.send("whole") for _ in range(3)]
    running = broker.send("slow", 60)
    assert eventually(lambda: place.has_begun(*done, running))

    seconds = worker.stop()

    assert seconds < 5
    assert place.missing([*done, running]) == {}
    assert place.sink.total(VISITS) == place.visits
    assert {span.name for span in place.sink.trace(running) if span.is_failed} == {"working"}
    assert place.sink.dead_dots() == set()


def test_hard_time_limit_sends_what_a_tenth_of_a_second_allows(
    place: Place, broker: Broker, start_worker: StartWorker
) -> None:
    start_worker(OTEL_BSP_SCHEDULE_DELAY="500", OTEL_METRIC_EXPORT_INTERVAL="500")

    cut = [broker.send("stubborn") for _ in range(4)]

    assert eventually(lambda: [trace_id for trace_id in cut if not place.missing([trace_id])])
    # Even where SIGKILL was faster, what had ended is there.
    assert eventually(lambda: all("visit" in place.names(trace_id) for trace_id in cut))
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dead_dots() == set()


def test_killed_child_had_sent_all_but_the_last_second(
    place: Place, broker: Broker, start_worker: StartWorker
) -> None:
    worker = start_worker(OTEL_BSP_SCHEDULE_DELAY="1000", OTEL_METRIC_EXPORT_INTERVAL="1000")
    done = [broker.send("whole") for _ in range(4)]
    running = broker.send("slow", 60)
    assert eventually(lambda: place.has_begun(*done, running))
    time.sleep(2.5)

    worker.kill_children()

    assert place.missing(done) == {}
    # Of a task under way the spans are there that had ended.
    assert place.names(running) == {"visit"}
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dead_dots() == set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_beat_sends_its_last_measurements(place: Place, beat: Beat, number: signal.Signals) -> None:
    assert place.sink.points(contract.TELEMETRY_INFO.name) == []

    seconds = beat.stop(number)

    assert seconds < 5
    [info] = place.sink.points(contract.TELEMETRY_INFO.name)
    assert info.instance == "beat/0"
