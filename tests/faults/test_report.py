"""The table that `make faults` prints, and that it forgets no test."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import recovery, report
from tests.faults.recovery import Recovery
from tests.faults.report import Round
from tests.faults.rows import ROWS, Row

HERE = Path(__file__).parent
# Of the harness, the judge's doubt and chaos: no rows.
APART = {
    "test_chaos.py",
    "test_chaos_outcome.py",
    "test_chaos_plan.py",
    "test_matrix_can_fail.py",
    "test_proxy.py",
    "test_report.py",
    "test_switch.py",
    "test_tree.py",
}
THREE_RESULTS = """
import pytest

def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_left_out(): pass
"""
FIRST = ROWS[0]
TEST = f"{FIRST.tests[0]}_is_paid"


def _tests(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{file.relative_to(HERE.parent)}::{node.name}"


def test_every_test_stands_in_one_row() -> None:
    files = [file for file in HERE.glob("test_*.py") if file.name not in APART]
    rows = {test: [row.id for row in ROWS if row.holds(test)] for file in files for test in _tests(file)}

    assert {test: ids for test, ids in rows.items() if len(ids) != 1} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_name_of_a_row_is_some_tests(row: Row) -> None:
    tests = [test for file in report.files_of(row) for test in _tests(file)]

    assert [name for name in row.tests if not any(test.startswith(name) for test in tests)] == []


def test_results_are_those_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_three.py").write_text(THREE_RESULTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django"]
    subprocess.run([*command, "--junitxml=report.xml", "."], cwd=tmp_path, check=False, capture_output=True)

    assert report.results(tmp_path / "report.xml") == {
        "test_three.py::test_good": "ok",
        "test_three.py::test_bad": "FAILED",
        "test_three.py::test_left_out": "skipped",
    }


def test_pytest_that_died_leaves_no_result(tmp_path: Path) -> None:
    assert report.results(tmp_path / "report.xml") == {}
    assert Round(1, {}, []).result(FIRST) == "not run"


def test_row_is_as_good_as_its_worst_test() -> None:
    results = {f"{TEST}[a]": "ok", f"{TEST}[b]": "FAILED", f"{TEST}[c]": "skipped"}

    assert Round(1, results, []).result(FIRST) == "FAILED"


def test_table_tells_the_recovery_that_came_nearest_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "recoveries"
    for seconds, bound in ((9.34, 15), (11.0, 30)):
        recovery.note(Recovery(f"{FIRST.id} somewhere", 2, seconds, bound), file)
    rounds = [Round(1, {TEST: "ok"}, []), Round(2, {TEST: "FAILED"}, recovery.read(file))]

    titles, first, *_ = report.table(ROWS, rounds).splitlines()

    assert titles.split()[-5:] == ["seed", "1", "seed", "2", "slowest"]
    assert first.split()[-6:] == ["ok", "FAILED", "9.3", "of", "15", "s"]


@pytest.mark.parametrize(("require", "status"), [("", 0), ("all", 1)])
def test_skipped_row_is_bad_where_everything_must_be_there(require: str, status: int) -> None:
    assert report.exit_status({report.OK, report.SKIPPED}, require=require) == status
    assert report.exit_status({report.OK}, require=require) == 0
    assert report.exit_status({report.OK, report.MISSING}, require=require) == 1
