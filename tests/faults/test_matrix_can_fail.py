"""The matrix can fail: each of eight seeded bugs turns its row red, and for the reason one expects.

The rows run as they are, in a pytest of their own; the bug is in the programs they start.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.running import ROOT, outer_environment
from tests.faults.inner_pytest import ends_in_time
from tests.faults.inside.bugs import BUGS

# A row under a bug waits in vain; no longer than this, which is longer than any bound of these rows.
PATIENCE_SECONDS = 20
AT_ONCE = 2
# Many times what the longest of them takes, its tree's start and end included.
ROW_SECONDS = 600


@dataclass(frozen=True)
class Case:
    """A bug, the row that must notice it, and what that row must complain about."""

    bug: str
    row: str
    complaint: str


CASES = (
    Case(
        "no_idempotency_key",
        "faults/test_killed_worker.py::test_order_of_a_killed_child_is_paid_once[request_sent]",
        r"assert 2 == 1\n.*charge_count",
    ),
    Case(
        "new_key_on_retry",
        "faults/test_provider.py::test_lost_answer_is_heard_again_with_the_same_key",
        # Asked with two keys, once each.
        r"assert \[\(1, 0\), \(1, 0\)\] == \[\(2, 1\)\]",
    ),
    Case(
        "early_ack_no_sweep",
        "faults/test_killed_worker.py::test_orders_of_a_killed_worker_are_paid_once[whole group]",
        r"AssertionError: unpaid after .* state='charging'",
    ),
    Case(
        "on_commit_only",
        "faults/test_broker_outage.py::test_orders_placed_without_a_broker_are_paid_when_it_is_back[outage0]",
        r"AssertionError: not every customer was shown an order: .*status=500",
    ),
    Case(
        "deferred_transactions",
        "faults/test_last_units.py::test_two_hundred_buyers_of_the_last_fifty[tree]",
        # Filling a cart or sending the form: whichever meets another writer first.
        r"(assert \{[^}]*50[03][^}]*\} <= \{302, 409\}|AssertionError: <Response \[503\]>)",
    ),
    Case(
        # SQLite lets one writer in at a time: there nobody reserves between another's look and reservation.
        "unguarded_reserve",
        "faults/test_last_units.py::test_two_hundred_buyers_of_the_last_fifty[postgres_tree]",
        r"assert \{[^}]*500[^}]*\} <= \{302, 409\}",
    ),
    Case(
        "webhook_without_dedupe",
        "faults/test_events.py::test_events_told_ten_times_out_of_order_have_one_effect",
        r"== HEEDED\n.*Left contains 9 more items",
    ),
    Case(
        "unbounded_flush",
        "sinks/test_stops.py::test_every_program_stops_in_time[silent]",
        r"assert inf <= 5",
    ),
)


@pytest.fixture(scope="module")
def reports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, "Future[ET.Element]"]:
    """Return what becomes of the rows of all chosen bugs. They mostly wait: so two run at once."""
    chosen = [item.callspec.params.get("case") for item in request.session.items if hasattr(item, "callspec")]
    cases = [case for case in chosen if isinstance(case, Case)]
    folder = tmp_path_factory.mktemp("reports")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {case.bug: pool.submit(_run_row, case, folder / f"{case.bug}.xml") for case in cases}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.bug)
def test_bug_turns_its_row_red(case: Case, reports: Mapping[str, "Future[ET.Element]"]) -> None:
    row = reports[case.bug].result().find(".//testcase")

    assert row is not None, f"there is no {case.row}"
    if (skipped := row.find("skipped")) is not None:
        pytest.skip(str(skipped.get("message")))
    failure = row.find("failure")
    assert failure is not None, f"{case.row} does not notice {case.bug}"
    assert re.search(case.complaint, failure.text or "", re.DOTALL), failure.text


def _run_row(case: Case, report: Path) -> ET.Element:
    seeded = {"SEEDED_BUG": case.bug, "FAULT_PATIENCE_SECONDS": str(PATIENCE_SECONDS)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    # A base of its own: pytest removes the older ones of those that it numbers.
    base = f"--basetemp={report.with_suffix('')}"
    log = report.with_suffix(".log")
    with log.open("w") as said:
        row = subprocess.Popen(
            [*command, base, f"tests/{case.row}"],
            cwd=ROOT,
            env={**outer_environment(), **seeded},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    assert ends_in_time(row, within=ROW_SECONDS), f"{case.row} never ends: {log.read_text()}"
    assert report.exists(), log.read_text()
    return ET.parse(report).getroot()  # noqa: S314 - our own pytest wrote it


def test_every_bug_has_its_row() -> None:
    assert {case.bug for case in CASES} == BUGS.keys()
