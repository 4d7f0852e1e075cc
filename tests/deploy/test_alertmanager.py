"""Alertmanager's configuration: taken by amtool, and everything goes to the pager."""

import re
from typing import Any

from tests.binaries import program
from tests.deploy.reading import DEPLOY, configuration, run

PATH = "alertmanager/alertmanager.yml"
ALERTMANAGER: dict[str, Any] = configuration(PATH)


def test_amtool_takes_it() -> None:
    done = run(program("amtool"), "check-config", PATH)

    assert done.returncode == 0, done.stderr


def test_every_alert_goes_to_the_pager() -> None:
    done = run(program("amtool"), "config", "routes", "test", f"--config.file={PATH}", "alertname=Any")

    assert done.stdout == "pager\n"


def test_its_one_address_stands_once() -> None:
    # `make run-real` puts another in its place.
    assert re.findall(r"https?://\S+", (DEPLOY / PATH).read_text()) == ["http://pager:8003/alerts"]


def test_the_pager_hears_of_the_end_too() -> None:
    [receiver] = ALERTMANAGER["receivers"]
    [webhook] = receiver["webhook_configs"]

    assert webhook["send_resolved"] is True


def test_critical_silences_the_warning_of_the_same_name() -> None:
    [rule] = ALERTMANAGER["inhibit_rules"]

    assert (rule["source_matchers"], rule["target_matchers"], rule["equal"]) == (
        ['severity="critical"'],
        ['severity="warning"'],
        ["alertname"],
    )
