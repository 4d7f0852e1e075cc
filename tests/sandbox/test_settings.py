"""The provider reads the shop's own surroundings; what is wrong names itself and stops the start."""

import os
import subprocess
import sys

import pytest

WITH_SHOP = {"SANDBOX_WEBHOOK_URL": "http://127.0.0.1:1/"}


def _said_by(module: str, name: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Print a setting in a fresh process that knows nothing but `environment`."""
    base = {"PATH": os.environ["PATH"], "SECRET_KEY": "a" * 50, "PROVIDER_API_KEY": "b"}
    command = [sys.executable, "-W", "ignore", "-c", f"from {module} import {name}; print({name})"]
    return subprocess.run(command, env=base | environment, capture_output=True, text=True, check=False)


def test_its_ledger_is_the_one_that_the_shop_verifies() -> None:
    ours, shops = (
        _said_by(module, "SANDBOX_LEDGER", WEBSTORE_DATA="/data").stdout
        for module in ("payments.sandbox.settings", "webstore.settings")
    )

    assert ours == shops == "/data/ledger.sqlite3\n"


@pytest.mark.parametrize(
    ("secrets", "signs_with"), [("one", "one"), ("new,old", "new"), (" new , old ,", "new"), (",old", "old")]
)
def test_it_signs_with_the_first_of_the_shops_secrets(secrets: str, signs_with: str) -> None:
    told = {**WITH_SHOP, "PROVIDER_WEBHOOK_SECRETS": secrets}

    done = _said_by("payments.sandbox.settings", "PROVIDER_WEBHOOK_SECRET", **told)

    assert done.stdout == f"{signs_with}\n"


@pytest.mark.parametrize("told", [{}, {"PROVIDER_WEBHOOK_SECRETS": " , "}], ids=["absent", "blank"])
def test_without_a_secret_it_does_not_start(told: dict[str, str]) -> None:
    done = _said_by("payments.sandbox.settings", "PROVIDER_WEBHOOK_SECRET", **WITH_SHOP, **told)

    assert done.returncode != 0
    assert "PROVIDER_WEBHOOK_SECRETS" in done.stderr.splitlines()[-1]


def test_the_demos_secret_is_the_shops() -> None:
    ours, shops = (
        _said_by(module, name, WEBSTORE_DEMO="1", **WITH_SHOP).stdout.strip()
        for module, name in (
            ("payments.sandbox.settings", "PROVIDER_WEBHOOK_SECRET"),
            ("webstore.settings", "PROVIDER_WEBHOOK_SECRETS"),
        )
    )

    assert shops == str([ours])
