"""What `manage.py verify` says of a shop."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.managing import manage

# Many times what it takes once the shop is quiet.
_JUDGING_SECONDS = 240


@dataclass(frozen=True)
class Violation:
    invariant: str
    subject: str
    said: str


@dataclass(frozen=True)
class Verdict:
    violations: tuple[Violation, ...]
    counts: dict[str, Any]
    # Whether nothing was under way any more; False also when nobody waited for that.
    settled: bool

    def broken(self, *invariants: str) -> list[Violation]:
        """Return what breaks these invariants."""
        return [found for found in self.violations if found.invariant in invariants]


@dataclass(frozen=True)
class Judge:
    """Where to look: the shop by its programs' environment, the provider's ledger, the customers' journal."""

    environment: dict[str, str]
    ledger: Path
    journal: Path

    def verdict(self, *, settle_seconds: float) -> Verdict:
        """Return what the judge finds once the shop is quiet, or when that takes too long."""
        files = ("--ledger", str(self.ledger), "--journal", str(self.journal))
        options = ("--json", "--settle", f"{settle_seconds:g}", *files)
        patience = settle_seconds + _JUDGING_SECONDS
        done = manage(self.environment, "verify", *options, timeout_seconds=patience)
        # A verdict may be bad; what is none comes without a word, or with other words.
        if not done.stdout.startswith("{"):
            raise RuntimeError(f"nothing was judged: {done.stdout}{done.stderr}")
        said = json.loads(done.stdout)
        found = tuple(Violation(**found) for found in said["violations"])
        return Verdict(found, said["counts"], settled=bool(said["settled"]))
