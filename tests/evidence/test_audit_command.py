"""`manage.py audit` as an operator or a script runs it."""

import json
import subprocess
import sys
import time

import pytest

from tests.evidence.wrong import nobody, server
from tests.lens import building
from tests.lens.process import ROOT, LensProcess

QUERY = ("--query", "shop_payment_duration_bucket")


# Longer than all of these tests take on a busy machine: the dot of this moment must not grow old enough.
SETTLING_SECONDS = 120


def _audit(
    url: str, *arguments: str, settling_seconds: int = SETTLING_SECONDS
) -> "subprocess.CompletedProcess[str]":
    told = {
        "WEBSTORE_METRICS_URL": url,
        "WEBSTORE_TRACES_URL": url,
        "WEBSTORE_AUDIT_SETTLING_SECONDS": str(settling_seconds),
    }
    return subprocess.run(
        [sys.executable, "manage.py", "audit", *arguments],
        cwd=ROOT,
        env={"WEBSTORE_DEMO": "1", "WEBSTORE_TRACE_URL": "http://see/{trace_id}", **told},
        capture_output=True,
        text=True,
        check=False,
    )


def _send(lens: LensProcess, *, span_number: int, minutes_ago: float, value: float) -> None:
    at_ns = building.now_ns() - int(minutes_ago * 60) * building.SECOND
    dot = building.exemplar(value, span_number=span_number, at_ns=at_ns)
    point = building.histogram_point((0, 1, 0, 0), exemplars=[dot])
    assert lens.send("/v1/metrics", building.metrics(building.histogram(point))).ok


@pytest.fixture(scope="module", autouse=True)
def _dots(lens: LensProcess) -> None:
    """A living dot five minutes ago, a dead one half an hour ago, one of this moment."""
    lens.send("/v1/traces", building.traces(building.span(1)))
    _send(lens, span_number=1, minutes_ago=5, value=0.5)
    _send(lens, span_number=8, minutes_ago=30, value=0.7)
    _send(lens, span_number=9, minutes_ago=0, value=0.9)


def test_living_dots_are_a_success(lens_url: str) -> None:
    done = _audit(lens_url, *QUERY)

    assert (done.returncode, done.stderr) == (0, "")
    assert "       1 alive\n       0 span missing\n       0 trace missing\n" in done.stdout


def test_last_seconds_are_left_out_and_said_so(lens_url: str) -> None:
    done = _audit(lens_url, *QUERY, "--since", "1m")

    assert done.returncode == 0
    assert "what is younger than 120 s may still be on its way." in done.stdout
    assert "Nothing was found, so nothing is proven." in done.stdout


def test_as_much_is_left_out_as_is_set(lens_url: str) -> None:
    done = _audit(lens_url, *QUERY, settling_seconds=360)

    assert "what is younger than 360 s may still be on its way." in done.stdout
    assert "Nothing was found, so nothing is proven." in done.stdout


def test_dead_dot_is_a_failure_with_an_example(lens_url: str) -> None:
    done = _audit(lens_url, *QUERY, "--since", "1h")

    assert (done.returncode, done.stderr) == (1, "CommandError: 1 exemplars open nothing.\n")
    assert "       1 alive\n       1 span missing\n       0 trace missing\n" in done.stdout
    assert "span missing: shop_payment_duration_bucket 0.7 at 20" in done.stdout
    assert f"span 0000000000000008 of http://see/{building.TRACE.hex()}" in done.stdout


def test_json_tells_the_same(lens_url: str) -> None:
    done = _audit(lens_url, *QUERY, "--since", "1h", "--json")

    told = json.loads(done.stdout)
    assert told["exemplars"] == {"alive": 1, "span_missing": 1, "trace_missing": 0}
    [dead] = told["dead"]
    assert (dead["value"], dead["url"]) == (0.7, f"http://see/{building.TRACE.hex()}")


def test_own_start_and_end_are_taken_exactly(lens_url: str) -> None:
    start, end = time.time() - 120, time.time() + 1

    done = _audit(lens_url, *QUERY, "--start", f"{start}", "--end", f"{end}", "--json")

    assert (done.returncode, json.loads(done.stdout)["exemplars"]["span_missing"]) == (1, 1)


def test_silent_read_side_is_one_clear_line() -> None:
    address = nobody()

    done = _audit(address)

    wanted = f"CommandError: {address}/api/v1/query_exemplars does not answer\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)


def test_talk_of_something_else_is_one_clear_line() -> None:
    with server(b"<html>") as url:
        done = _audit(url)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--since", "a while"),
        ("--start", "2026-01-01T12:00:00"),
        ("--start", "9e9"),
        ("--end", "nan"),
        ("--since", "999999d"),
    ],
)
def test_unreadable_times_are_refused(wrong: tuple[str, str]) -> None:
    done = _audit("http://127.0.0.1:9", *wrong)

    assert (done.returncode, "Traceback" in done.stderr, "does not answer" in done.stderr) == (
        2,
        False,
        False,
    )
