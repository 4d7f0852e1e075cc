"""What the files of deploy/ say, and how programs judge them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def configuration(path: str) -> Any:
    """Return what a YAML file below deploy/ holds."""
    return yaml.safe_load((DEPLOY / path).read_text())


def run(*command: "str | Path", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in deploy/, in an environment that holds nothing else."""
    base = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=DEPLOY,
        env=base | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def seconds(duration: str) -> float:
    """Return how long a duration such as "1h30m" of any of the programs is."""
    parts = re.findall(r"(\d+)(ms|[smhdw])", duration)
    assert parts, duration
    assert "".join(map("".join, parts)) == duration
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


def rules() -> Iterator[dict[str, Any]]:
    """Yield every recording and alerting rule."""
    for path in sorted((DEPLOY / "prometheus" / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]
