"""What `scripts/generate-traffic.sh` leaves behind: every outcome of a payment among them."""

import subprocess
import time
from dataclasses import dataclass

from tests.e2e.running import ROOT, outer_environment
from tests.stack.running import Stack

# Enough for 300 dots; these shoppers use every practice token, the slow ones early.
_ORDERS, _PER_SECOND, _SEED = 80, 4, 37


@dataclass(frozen=True)
class Traffic:
    began_at: float
    ended_at: float
    said: str


def generated(stack: Stack) -> Traffic:
    """Run the script against a stack; it ends when every order has."""
    began_at = time.time()
    done = subprocess.run(
        [
            ROOT / "scripts" / "generate-traffic.sh",
            *("--orders", str(_ORDERS), "--rate", str(_PER_SECOND), "--seed", str(_SEED)),
            *("--shop", stack.shop, "--lens", stack.prometheus),
        ],
        env=outer_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Traffic(began_at, time.time(), done.stdout)
