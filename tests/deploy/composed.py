"""deploy/compose/compose.yml as Docker would read it: variables filled in, environment files read."""

import re
from functools import cache
from typing import Any

import yaml
from dotenv import dotenv_values

from tests.deploy.sources import DEPLOY

COMPOSE = DEPLOY / "compose"
# Programs of the shop's own image that go on running.
SHOP = ("web", "worker-payments", "worker-default", "beat", "provider", "pager")
_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")


@cache
def composed() -> dict[str, Any]:
    return dict(_filled(yaml.safe_load((COMPOSE / "compose.yml").read_text())))


def _filled(value: Any) -> Any:
    """Return the value with the defaults of its variables; none is without."""
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if isinstance(value, str):
        assert value.count("${") == len(_VARIABLE.findall(value)), value
        return _VARIABLE.sub(r"\1", value)
    return value


def services() -> dict[str, dict[str, Any]]:
    return dict(composed()["services"])


def environment(service: str) -> dict[str, str]:
    """Return what a service's program is told, beyond what its image says."""
    told: dict[str, str] = {}
    for file in services()[service].get("env_file", []):
        told |= {key: value or "" for key, value in dotenv_values(COMPOSE / file, interpolate=False).items()}
    return {**told, **services()[service].get("environment", {})}
