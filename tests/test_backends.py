"""Finding the real back ends, and building those that no package brings."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from webstore.demo import backends

_SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "build-backends.py"
# Stands in for the compiler: writes whatever it is asked for, slowly, and notes that it was asked.
_GO = """#!/bin/sh
echo "$*" >> {calls}
made() {{ printf '#!/bin/sh\\ntrue\\n' > "$1"; chmod +x "$1"; }}
case "$*" in
  *" -o "*) mkdir -p "$(dirname "$5")"; made "$5" ;;
  *) mkdir -p "$GOBIN"; made "$GOBIN/builder"; {then}; made "$GOBIN/prometheus"; made "$GOBIN/promtool" ;;
esac
"""


class Workbench:
    """A cache folder of its own, and a compiler that notes its calls."""

    def __init__(self, folder: Path) -> None:
        self.made = folder / "made"
        self._calls = folder / "calls"
        self._calls.touch()
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.compiler()

    def compiler(self, *, then: str = "sleep 0.2") -> None:
        go = self._bin / "go"
        go.write_text(_GO.format(calls=self._calls, then=then))
        go.chmod(0o755)

    def start(self) -> "subprocess.Popen[str]":
        path = f"{self._bin}:{os.environ['PATH']}"
        return subprocess.Popen(
            [sys.executable, str(_SCRIPT)],
            env=os.environ | {"PATH": path, "WEBSTORE_BACKENDS": str(self.made)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self) -> tuple[int, str]:
        with self.start() as started:
            said, _ = started.communicate(timeout=60)
        return started.returncode, said

    @property
    def call_count(self) -> int:
        return len(self._calls.read_text().splitlines())

    @property
    def programs(self) -> set[str]:
        return {found.name for found in self.made.iterdir()} - {"lock"}


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def test_builds_all_and_leaves_nothing_else(workbench: Workbench) -> None:
    assert workbench.run()[0] == 0

    assert workbench.programs == set(backends.BUILT)


def test_asks_no_compiler_the_second_time(workbench: Workbench) -> None:
    workbench.run()
    before = workbench.call_count

    status, said = workbench.run()

    assert (status, said) == (0, f"Built already: {workbench.made}\n")
    assert workbench.call_count == before == 3


def test_two_at_once_build_once(workbench: Workbench) -> None:
    with workbench.start() as first, workbench.start() as second:
        assert (first.wait(60), second.wait(60)) == (0, 0)

    assert workbench.call_count == 3


def test_failed_build_leaves_no_program(workbench: Workbench) -> None:
    workbench.compiler(then="echo no room left; exit 1")

    status, said = workbench.run()

    assert status == 1
    assert said.endswith("no room left\ngo install failed, as told above.\n")
    assert workbench.programs == set()


def test_clears_away_what_a_killed_build_left(workbench: Workbench) -> None:
    workbench.compiler(then="kill -9 $PPID; exit 1")
    assert workbench.run()[0] == -9
    assert workbench.programs != set()
    workbench.compiler()

    assert workbench.run()[0] == 0

    assert workbench.programs == set(backends.BUILT)


def test_finds_what_was_built(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    workbench.run()

    monkeypatch.setenv("WEBSTORE_BACKENDS", str(workbench.made))

    assert backends.find("otelcol") == workbench.made / "otelcol"
    assert backends.missing("otelcol", "promtool") == ""


def test_says_how_to_get_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSTORE_BACKENDS", str(tmp_path))
    monkeypatch.delenv("TEMPO_BIN", raising=False)

    assert backends.missing("otelcol", "tempo") == (
        "needs otelcol (build it (minutes, once): scripts/build-backends.py); "
        "tempo (let TEMPO_BIN name the program of a Tempo 3 release)"
    )


def test_folder_changes_with_the_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBSTORE_BACKENDS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(backends, "PINS", tmp_path / "pins")
    backends.PINS.mkdir()
    (backends.PINS / "go.mod").write_text("v1")
    before = backends.folder()

    (backends.PINS / "go.mod").write_text("v2")

    assert backends.folder().parent == before.parent == tmp_path / "webstore"
    assert backends.folder() != before


def test_pins_name_no_registry() -> None:
    locks = [lock for lock in backends.PINS.rglob("go.*") if lock.name in {"go.mod", "go.sum"}]

    assert len(locks) == 6
    assert [lock for lock in locks if re.search(r"https?://", lock.read_text())] == []
