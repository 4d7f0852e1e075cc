"""All rows of the matrix with several seeds, and one line for each: `make faults`."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.e2e.running import ROOT, outer_environment
from tests.faults import recovery
from tests.faults.inner_pytest import ends_in_time
from tests.faults.recovery import Recovery
from tests.faults.rows import ROWS, Row

_SEEDS = (1, 2, 3)
# Of one seed's rows, which take a few minutes.
_MOST_SECONDS = 1_500
_REQUIRE = "REQUIRE"
OK, FAILED, SKIPPED, MISSING = "ok", "FAILED", "skipped", "not run"


@dataclass(frozen=True)
class Round:
    """What came of all rows with one seed: each test's result by its id below tests/."""

    seed: int
    results: Mapping[str, str]
    recoveries: Sequence[Recovery]

    def result(self, row: Row) -> str:
        """Return the worst of the row's results."""
        found = {result for test, result in self.results.items() if row.holds(test)}
        return next((worst for worst in (FAILED, SKIPPED, OK) if worst in found), MISSING)


def main() -> int:
    options = _options()
    rows = [row for row in ROWS if row.id in options.rows]
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        rounds = [_round(seed, rows, Path(folder)) for seed in options.seeds]
    print(f"\n{table(rows, rounds)}\n")
    found = {played.result(row) for played in rounds for row in rows}
    return exit_status(found, require=os.environ.get(_REQUIRE, ""))


def exit_status(results: Set[str], *, require: str) -> int:
    """Return 1 where some row is bad; a skipped one is, too, where everything must be there."""
    bad = {FAILED, MISSING, SKIPPED} if require == "all" else {FAILED, MISSING}
    return 1 if bad & results else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.report", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=_SEEDS, help="which ones (1 2 3)")
    ids = [row.id for row in ROWS]
    parser.add_argument("--rows", nargs="+", choices=ids, default=ids, metavar="ROW", help="which ones (all)")
    return parser.parse_args()


def _round(seed: int, rows: Sequence[Row], folder: Path) -> Round:
    report, recoveries = folder / f"{seed}.xml", folder / f"{seed}.jsonl"
    own = {"FAULT_SEED": str(seed), recovery.FILE_VARIABLE: str(recoveries)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    files = sorted({str(file) for row in rows for file in files_of(row)})
    began = time.monotonic()
    print(f"Seed {seed} ...", flush=True)
    # Without REQUIRE=all, by which pytest calls a skipped test a failed one: the table tells them apart.
    outer = {name: value for name, value in outer_environment().items() if name != _REQUIRE}
    pytest = subprocess.Popen([*command, *files], cwd=ROOT, env={**outer, **own})
    if not ends_in_time(pytest, within=_MOST_SECONDS):
        print(f"Seed {seed} was not through after {_MOST_SECONDS} s.", flush=True)
    print(f"Seed {seed} took {time.monotonic() - began:.0f} s.", flush=True)
    return Round(seed, results(report), recovery.read(recoveries))


def files_of(row: Row) -> set[Path]:
    """Return the test files that hold the row's tests."""
    begun = [test.partition("::")[0] for test in row.tests]
    return {file for name in begun for file in (ROOT / "tests").glob(f"{name}*")}


def results(report: Path) -> dict[str, str]:
    """Return each test's result by its id below tests/, nothing where pytest has left no report."""
    if not report.exists():
        return {}
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - our own pytest wrote it
    return {_test_id(case): _result(case) for case in cases}


def _test_id(case: ET.Element) -> str:
    module = case.get("classname", "").removeprefix("tests.").replace(".", os.sep)
    return f"{module}.py::{case.get('name')}"


def _result(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILED
    return SKIPPED if case.find("skipped") is not None else OK


def table(rows: Sequence[Row], rounds: Sequence[Round]) -> str:
    """Return the matrix as lines of text."""
    titles = ("row", "what was broken", "must hold", *(f"seed {played.seed}" for played in rounds), "slowest")
    lines = [titles, *(_line(row, rounds) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _line(row: Row, rounds: Sequence[Round]) -> tuple[str, ...]:
    noted = [found for played in rounds for found in played.recoveries if found.row.split()[0] == row.id]
    return (row.id, row.broken, row.must_hold, *(played.result(row) for played in rounds), _slowest(noted))


def _slowest(noted: Iterable[Recovery]) -> str:
    """Return the recovery that came nearest to its bound."""
    worst = max(noted, key=lambda found: found.seconds / found.bound, default=None)
    return f"{worst.seconds:.1f} of {worst.bound:g} s" if worst else ""


if __name__ == "__main__":
    sys.exit(main())
