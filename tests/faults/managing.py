"""The shop's own commands, run as its programs are."""

import subprocess
import sys
from collections.abc import Mapping

from tests.e2e.running import ROOT


def manage(
    environment: Mapping[str, str], *arguments: str, timeout_seconds: float
) -> "subprocess.CompletedProcess[str]":
    """Run `manage.py`; return its exit code and what it wrote."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
