"""Real programs with real telemetry, for a doctor to look at."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.running import ROOT, outer_environment

EXPORT_OFTEN = {"OTEL_METRIC_EXPORT_INTERVAL": "300", "OTEL_BSP_SCHEDULE_DELAY": "100"}


@contextmanager
def program_running(folder: Path, *command: str, **environment: str) -> Iterator[None]:
    """Run a module until the block ends."""
    own = {**outer_environment(), **EXPORT_OFTEN, "WEBSTORE_SLOTS": str(folder), **environment}
    with (folder / "program.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=own, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)
