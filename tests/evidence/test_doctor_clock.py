"""A clock that is an hour off is named, whosever it is."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.evidence.backends import prometheus
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import dated_server
from tests.lens.process import LensProcess
from webstore.evidence.doctor.verdict import State

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (-HOUR, "This machine's clock is 1 h behind"),
        (HOUR, "This machine's clock is 1 h ahead"),
        (timedelta(minutes=-2), "This machine's clock is 2 min 0 s behind"),
    ],
)
def test_own_clock_is_named(lens: LensProcess, off: timedelta, said: str) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    tell_of_programs(lens.otlp_url("/v1/metrics"))

    # To the second: a Date header tells no more.
    with time_machine.travel(int(time.time()) + off.total_seconds(), tick=True):
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
