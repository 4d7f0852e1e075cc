"""`manage.py doctor` beside the demo: every hop is fine, and it can tell when one is not."""

import json

import pytest

from tests.e2e.conftest import ask_doctor
from tests.e2e.running import Demo
from tests.evidence.wrong import nobody


def test_healthy_demo_is_healthy(demo: Demo) -> None:
    done = ask_doctor(demo)

    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ process    " in done.stdout
    assert f"Every hop is fine. This measurement's trace: {demo.lens}/traces/" in done.stdout


def test_practice_order_is_followed_to_its_trace(demo: Demo) -> None:
    done = ask_doctor(demo, "--checkout", "--json")

    told = {verdict["hop"]: verdict for verdict in json.loads(done.stdout)["verdicts"]}
    assert (done.returncode, told["checkout"]["state"]) == (0, "fine"), done.stdout
    assert "(Paid): its dot opens one trace of " in told["checkout"]["said"]
    assert "through provider, web, worker." in told["checkout"]["said"]


def test_shop_that_does_not_sell_is_unseen(demo: Demo) -> None:
    done = ask_doctor(demo, "--checkout", "--shop", nobody())

    assert done.returncode == 2
    assert "? checkout   The practice order failed: http://127.0.0.1:" in done.stdout
    assert done.stdout.endswith("Nothing wrong was found, but checkout could not be looked at.\n")


@pytest.mark.parametrize(
    "wrong", [["--seconds", "0"], ["--seconds", "nan"], ["--seconds", "soon"], ["--dots"]]
)
def test_unreadable_wishes_are_refused(demo: Demo, wrong: list[str]) -> None:
    done = ask_doctor(demo, *wrong)

    assert (done.returncode, done.stdout) == (2, "")
