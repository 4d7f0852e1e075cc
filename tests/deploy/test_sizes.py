"""The README's table of sizes is what compose and Kubernetes give, and more than was measured."""

import re

import pytest

from tests.deploy import composed
from tests.deploy.manifests import container, environment, programs
from tests.deploy.reading import configuration
from tests.deploy.sources import DEPLOY

_ROW = re.compile(r"^\| `([\w-]+)`.*\| (\d+|–) \| (\d+|–) \| (\d+|–) \| (\d+) \|$", re.MULTILINE)
ROWS = _ROW.findall((DEPLOY / "README.md").read_text())


def test_every_program_has_a_row() -> None:
    assert {name for name, *_ in ROWS} == set(programs("local"))


@pytest.mark.parametrize(("name", "idle", "busy", "cpu", "limit"), ROWS)
def test_limits_are_what_the_table_says(name: str, idle: str, busy: str, cpu: str, limit: str) -> None:
    assert composed.services()[name]["deploy"]["resources"]["limits"]["memory"] == f"{limit}M"
    assert container(programs("local")[name])["resources"]["limits"]["memory"] == f"{limit}Mi"
    assert busy == "–" or int(limit) > 1.4 * int(busy)


def test_the_collector_collects_garbage_before_it_says_no() -> None:
    says_no_at = configuration("collector/collector.yaml")["processors"]["memory_limiter"]["limit_mib"]

    assert composed.environment("collector")["GOMEMLIMIT"] == f"{says_no_at}MiB"
    assert environment("local", programs("local")["collector"])["GOMEMLIMIT"] == f"{says_no_at}MiB"
