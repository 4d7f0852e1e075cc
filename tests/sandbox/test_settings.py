"""The provider reads the shop's own surroundings; what is wrong names itself and stops the start."""

import os
import subprocess
import sys


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
