"""The switch inside the programs: a fault that cannot happen any more stops the start."""

import os
import subprocess
import sys

import pytest

from tests.e2e.running import ROOT, outer_environment
from tests.faults.inside.bugs import BUGS
from tests.faults.inside.kill_points import POINTS
from tests.faults.inside.switch import Disarmed, wrap

_LATE = "import django; django.setup(); "
_NAMES = "from tests.faults.inside.kill_points import POINTS; print(sorted(POINTS))"


def _start(code: str = "print('started')", **environment: str) -> "subprocess.CompletedProcess[str]":
    own = {"DJANGO_SETTINGS_MODULE": "tests.faults.inside.settings", "WEBSTORE_DEMO": "1"}
    command = [sys.executable, "-c", _LATE + code]
    everything = {**outer_environment(), **own, **environment}
    return subprocess.run(command, cwd=ROOT, env=everything, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_finds_what_it_changes(bug: str) -> None:
    started = _start(SEEDED_BUG=bug)

    assert (started.stdout, started.returncode) == ("started\n", 0), started.stderr


def test_every_kill_point_finds_its_moment() -> None:
    started = _start(_NAMES, FAULT_FOLDER=os.devnull)

    assert started.stdout == f"{sorted(POINTS)}\n", started.stderr


def test_unknown_bug_stops_the_start() -> None:
    started = _start(SEEDED_BUG="forget_the_order")

    assert started.returncode == 1
    assert started.stderr.endswith("Disarmed: there is no bug 'forget_the_order'\n")


def test_unknown_kill_point_stops_the_start() -> None:
    started = _start(FAULT_KILL_AT="after_lunch")

    assert started.returncode == 1
    assert started.stderr.endswith("Disarmed: there is no kill point 'after_lunch'\n")


@pytest.mark.parametrize("name", ["payments.claiming:take", "webstore.deadline:Deadline.ring"])
def test_name_that_is_gone_stops_the_start(name: str) -> None:
    with pytest.raises(Disarmed, match=f"{name} is gone"):
        wrap(name, lambda original: original)


def test_without_wishes_the_shop_is_as_it_is() -> None:
    code = "from payments import claiming; print(hasattr(claiming.claim, '__wrapped__'))"

    assert _start(code).stdout == "False\n"
