"""A clock that is an hour off is named, whosever it is."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import time_machine

from tests.e2e.evidence import eventually
from tests.evidence.backends import collector, prometheus
from tests.evidence.programs import program_running
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import dated_server
from tests.lens.process import LensProcess
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.silence import last_told
from webstore.evidence.doctor.verdict import State
from webstore.evidence.doctor.visit import Visit
from webstore.telemetry import contract

HOUR = timedelta(hours=1)
PROGRAM = "tests.evidence.shop_program"


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (-HOUR, "This machine's clock is 1 h behind"),
        (HOUR, "This machine's clock is 1 h ahead"),
        (timedelta(minutes=-20), "This machine's clock is 20 min behind"),
    ],
)
def test_own_clock_is_named(lens: LensProcess, off: timedelta, said: str) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    tell_of_programs(lens.otlp_url("/v1/metrics"))

    with time_machine.travel(time.time() + off.total_seconds(), tick=True):
        found = diagnosis(places(environment, metrics_url=lens.pages_url, traces_url=lens.pages_url))

    assert cause(found) == ("clock", "this machine's clock (NTP)"), wrong(found)
    assert at(found, "clock").said.startswith(said)


def test_own_clock_is_named_where_prometheus_refuses_its_times(tmp_path: Path, lens: LensProcess) -> None:
    with prometheus(tmp_path) as url:
        tell_of_programs(f"{url}/api/v1/otlp/v1/metrics")
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/api/v1/otlp",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces"),
        }
        with time_machine.travel(time.time() + HOUR.total_seconds(), tick=True):
            found = diagnosis(places(environment, metrics_url=url, traces_url=lens.pages_url))

    assert cause(found) == ("clock", "this machine's clock (NTP)"), wrong(found)


def test_one_servers_clock_is_named_when_the_others_agree(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    with dated_server(time.time() + 3_600) as traces:
        found = diagnosis(places(environment, metrics_url=lens.pages_url, traces_url=traces))

    assert cause(found) == ("clock", f"the clock of {traces} (NTP)"), wrong(found)
    assert "ahead" in at(found, "clock").said


def test_some_seconds_are_doubtful(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    with time_machine.travel(time.time() - 20, tick=True):
        found = diagnosis(places(environment, metrics_url=lens.pages_url, traces_url=lens.pages_url))

    assert (at(found, "clock").state, cause(found)) == (State.DOUBTFUL, ("", ""))


def _is_heard(known: Places) -> bool:
    """Return whether a worker told of itself, at whatever hour."""
    visit = Visit(known)
    with visit.asker:
        return contract.WORKER in last_told(visit)


def _sent_to(door: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": door}


@pytest.mark.parametrize(("off", "said"), [("300", "5 min ahead"), ("-2400", "40 min behind")])
def test_clock_of_a_program_is_named_where_its_times_are_taken(
    tmp_path: Path, lens: LensProcess, off: str, said: str
) -> None:
    with prometheus(tmp_path) as url:
        door = f"{url}/api/v1/otlp"
        tell_of_programs(f"{door}/v1/metrics", (contract.WEB, contract.BEAT))
        with program_running(tmp_path, PROGRAM, contract.WORKER, off, **_sent_to(door)):
            known = places(_sent_to(door), metrics_url=url, traces_url=lens.pages_url)
            assert eventually(lambda: _is_heard(known))
            found = diagnosis(known)

    assert any(one.setting == "the clock of worker (NTP)" for one in found.verdicts), wrong(found)
    assert f"worker speaks by a clock that is {said}" in "".join(wrong(found))


@pytest.mark.parametrize("off", ["-3700", "3600"])
def test_clock_of_a_program_is_named_where_its_times_are_refused(
    tmp_path: Path, lens: LensProcess, off: str
) -> None:
    with (
        prometheus(tmp_path) as url,
        collector(tmp_path, metrics_to=url, traces_to=lens.otlp_url("")) as (door, own),
    ):
        tell_of_programs(f"{door}/v1/metrics", (contract.WEB, contract.BEAT))
        with program_running(tmp_path, PROGRAM, contract.WORKER, off, **_sent_to(door)):
            known = places(
                _sent_to(door), metrics_url=url, traces_url=lens.pages_url, collector_metrics_url=own
            )
            assert eventually(lambda: "send_failed_metric_points" in requests.get(own, timeout=5).text)
            found = diagnosis(known)

    assert cause(found) == ("process", "the clock of worker (NTP)"), wrong(found)


def test_program_that_starts_in_the_future_is_named(tmp_path: Path, lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    known = places(_sent_to(lens.otlp_url("")), metrics_url=lens.pages_url, traces_url=lens.pages_url)
    with program_running(tmp_path, PROGRAM, contract.WORKER, "2400", **_sent_to(lens.otlp_url(""))):
        found = eventually(lambda: cause(diagnosis(known)) == ("process", "the clock of worker/0 (NTP)"))

    assert found
