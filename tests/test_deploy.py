"""The production environment file works as it stands, but for the secrets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from webstore.telemetry.options import Options

ENVIRONMENT = Path(__file__).resolve().parent.parent / "deploy" / "shop" / "webstore.env"
SECRETS = {"SECRET_KEY": "a" * 50, "PROVIDER_API_KEY": "b" * 20}


def _values() -> dict[str, str]:
    return {key: value or "" for key, value in dotenv_values(ENVIRONMENT).items()}


def _check(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    base = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", "check", "--settings", "webstore.settings"]
    root = ENVIRONMENT.parents[2]
    return subprocess.run(
        command, cwd=root, env=base | environment, capture_output=True, text=True, check=False
    )


def test_it_starts_the_shop_once_secrets_are_given() -> None:
    done = _check(_values() | SECRETS)

    # Nothing but root, which a container is not.
    assert "webstore.E001" in done.stderr or done.returncode == 0, done.stderr
    assert done.stderr.count("(webstore.E") <= 1


def test_it_holds_no_secret() -> None:
    done = _check(_values())

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr.splitlines()[-1]


def test_one_trace_in_ten_is_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _values().items():
        monkeypatch.setenv(name, value)

    assert Options.from_environment().ratio == 0.1
