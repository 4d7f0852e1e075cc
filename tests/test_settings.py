"""Settings come from the environment alone; what is wrong names itself and stops the start."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from webstore import checks

_LOAD = "import django; django.setup();"


def _load(**environment: str) -> "subprocess.CompletedProcess[str]":
    """Set Django up in a fresh process that knows nothing but `environment`."""
    return _run(_LOAD, **environment)


def _run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "webstore.settings"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=base | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBSTORE_DEMO", "perhaps"),
        ("PAYMENT_MAX_TRIES", "0"),
        ("PROVIDER_DEADLINE_SECONDS", "60"),
        ("WORKER_MAX_TASKS_PER_CHILD", "many"),
        ("WEBSTORE_TRACE_RATIO", "1.5"),
        ("WEBSTORE_AUDIT_SECONDS", "-1"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("DATABASE_LOCK_SECONDS", "never"),
        ("DATABASE_STATEMENT_SECONDS", "-1"),
        ("DATABASE_IDLE_SECONDS", "-1"),
    ],
)
def test_wrong_value_names_itself(name: str, value: str) -> None:
    done = _load(**{"WEBSTORE_DEMO": "1", "DATABASE_URL": "postgres://db/shop", name: value})

    assert done.returncode != 0
    assert name in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PROVIDER_API_KEY"])
def test_secrets_have_no_default_outside_the_demo(missing: str) -> None:
    secrets = {"SECRET_KEY": "a" * 50, "PROVIDER_API_KEY": "b" * 20}
    del secrets[missing]

    done = _load(**secrets)

    assert done.returncode != 0
    assert missing in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PROVIDER_API_KEY"])
def test_secrets_may_stand_in_files(tmp_path: Path, missing: str) -> None:
    secrets = {"SECRET_KEY": "a" * 50, "PROVIDER_API_KEY": "b" * 20}
    (tmp_path / missing).write_text(f"{secrets.pop(missing)}\n")

    assert _load(**secrets, **{f"{missing}_FILE": str(tmp_path / missing)}).returncode == 0


def test_file_that_is_not_there_names_itself(tmp_path: Path) -> None:
    done = _load(SECRET_KEY_FILE=str(tmp_path / "nowhere"), PROVIDER_API_KEY="b")

    assert done.returncode != 0
    assert "SECRET_KEY_FILE" in done.stderr.splitlines()[-1]


def test_a_database_that_is_gone_is_noticed_in_half_a_minute() -> None:
    ask = "from webstore import settings; print(settings.DATABASES['default']['OPTIONS'])"
    given = "postgres://db/shop?keepalives_idle=60"
    done = _run(ask, WEBSTORE_DEMO="1", DATABASE_URL=given)

    options = ast.literal_eval(done.stdout)
    seconds = {name: int(value) for name, value in options.items() if name.startswith(("keepalives", "tcp"))}
    assert seconds == {
        "keepalives_idle": 60,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
    }


def test_demo_needs_nothing() -> None:
    assert _load(WEBSTORE_DEMO="1").returncode == 0


def _ids(messages: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_demo_that_answers_strangers_is_refused(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]

    assert _ids(checks.demo_listens_on_loopback()) == ["webstore.E002"]


@pytest.mark.parametrize("url", ["http://grafana/explore", "http://x/{trace_id}/{trace_id}"])
def test_trace_url_without_its_place_is_refused(settings: Settings, url: str) -> None:
    settings.TRACE_URL = url

    assert _ids(checks.trace_url_has_a_place()) == ["webstore.E003"]


def test_root_is_refused_outside_the_demo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = False
    monkeypatch.setattr(os, "getuid", lambda: 0)

    assert _ids(checks.not_root()) == ["webstore.E001"]


@pytest.mark.parametrize("secrets", [[], ["a", "b", "c"]])
def test_events_need_one_secret_or_two(settings: Settings, secrets: list[str]) -> None:
    settings.PROVIDER_WEBHOOK_SECRETS = secrets

    assert _ids(checks.events_can_be_verified()) == ["webstore.E004"]


@pytest.mark.parametrize(
    ("given", "kept"), [("new", ["new"]), (" new , old ,", ["new", "old"]), ("", []), (None, [])]
)
def test_secrets_of_events_are_a_list(given: str | None, kept: list[str]) -> None:
    code = f"{_LOAD} from django.conf import settings; print(settings.PROVIDER_WEBHOOK_SECRETS)"
    told = {} if given is None else {"PROVIDER_WEBHOOK_SECRETS": given}
    done = _run(code, SECRET_KEY="a" * 50, PROVIDER_API_KEY="b", **told)

    assert ast.literal_eval(done.stdout) == kept


def test_secrets_of_events_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("new,old\n")
    code = f"{_LOAD} from django.conf import settings; print(settings.PROVIDER_WEBHOOK_SECRETS)"
    done = _run(code, WEBSTORE_DEMO="1", PROVIDER_WEBHOOK_SECRETS_FILE=str(tmp_path / "secrets"))

    assert ast.literal_eval(done.stdout) == ["new", "old"]


def test_silent_telemetry_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = False
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)

    assert _ids(checks.telemetry_has_a_sink()) == ["webstore.W001"]


def test_postgresql_waits_for_nothing_for_ever_and_keeps_what_its_address_says() -> None:
    address = "postgres://shop@db/shop?sslmode=verify-full&currentSchema=store"
    code = f"{_LOAD} from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    done = _run(code, WEBSTORE_DEMO="1", DATABASE_URL=address, DATABASE_STATEMENT_SECONDS="0")

    assert ast.literal_eval(done.stdout) == {
        "sslmode": "verify-full",
        "connect_timeout": 3,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "options": "-c lock_timeout=2000 -c statement_timeout=0 "
        "-c idle_in_transaction_session_timeout=10000 -c search_path=store",
    }
