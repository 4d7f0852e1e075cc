"""The environment file all programs share works as it stands, but for the secrets."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.deploy.sources import DEPLOY
from webstore.telemetry.options import Options

SECRETS = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFG",
    "PROVIDER_API_KEY": "b" * 20,
    "PROVIDER_WEBHOOK_SECRETS": "c" * 20,
    "DATABASE_URL": "postgres://webstore:secret@postgres:5432/webstore",
    "BROKER_URL": "redis://:secret@redis:6379/0",
}

_PATIENCE = re.compile(r"^\| `(\w+_(?:SECONDS|MINUTES|TRIES))` \| (\d+) \|", re.MULTILINE)


def shared() -> dict[str, str]:
    """Return what the file says."""
    return {key: value or "" for key, value in dotenv_values(DEPLOY / "shop" / "webstore.env").items()}


def _check(environment: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        cwd=DEPLOY.parent,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _issues(environment: dict[str, str]) -> set[str]:
    """Return what Django's checks for production say, but for running as root, which no container does."""
    done = _check(environment, "--deploy")
    assert "System check identified" in done.stdout + done.stderr, done.stderr
    return set(re.findall(r"\((\w+\.[EW]\d+)\)", done.stderr)) - {"webstore.E001"}


def test_it_starts_the_shop_once_secrets_are_given() -> None:
    assert _issues(shared() | SECRETS) == set()


def test_secrets_may_be_files(tmp_path: Path) -> None:
    files = {}
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(value + "\n")
        files[f"{name}_FILE"] = str(tmp_path / name)

    assert _issues(shared() | files) == set()


def test_the_readme_tells_the_usual_patience() -> None:
    rows = dict(_PATIENCE.findall((DEPLOY / "README.md").read_text()))
    program = (
        "from webstore import settings as s; "
        "print(*(getattr(s, n.removeprefix('DATABASE_')) for n in sys.argv[1:]))"
    )
    command = [sys.executable, "-W", "ignore", "-c", f"import sys; {program}", *rows]
    told = {"PATH": os.environ["PATH"], "WEBSTORE_DEMO": "1", "DATABASE_URL": "postgres://db/shop"}

    done = subprocess.run(command, env=told, capture_output=True, text=True, check=True)

    assert {"PAYMENT_MAX_TRIES", "PROVIDER_DEADLINE_SECONDS"} < rows.keys()
    assert [float(usual) for usual in done.stdout.split()] == [float(usual) for usual in rows.values()]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PROVIDER_API_KEY"])
def test_it_holds_no_secret(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}

    done = _check(shared() | given)

    assert done.returncode != 0
    assert missing in done.stderr.splitlines()[-1]


def test_without_a_secret_for_events_the_check_fails() -> None:
    given = {name: value for name, value in SECRETS.items() if name != "PROVIDER_WEBHOOK_SECRETS"}

    assert _issues(shared() | given) == {"webstore.E004"}


def test_probes_and_events_need_no_tls_and_customers_do() -> None:
    paths = ["/healthz", "/webhooks/payments", "/products"]
    ask = f"print([Client(SERVER_NAME='localhost').post(path).status_code for path in {paths}])"
    command = [sys.executable, "-c", f"import django; django.setup(); from django.test import Client; {ask}"]
    told = shared() | SECRETS | {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "webstore.settings"}

    done = subprocess.run(command, cwd=DEPLOY.parent, env=told, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[405, 400, 301]", done.stderr


def test_one_trace_in_ten_is_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shared().items():
        monkeypatch.setenv(name, value)

    assert Options.from_environment().ratio == 0.1
