"""How long the shop took to be whole again: noted by the rows, told by `make faults`."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

# What `make faults` names; without it nothing is kept.
FILE_VARIABLE = "FAULT_RECOVERIES"

NoteRecovery = Callable[..., None]


@dataclass(frozen=True)
class Recovery:
    """From the fault's end, or from the order where the fault went on, until all was well."""

    row: str
    seed: int
    seconds: float
    bound: float


def seed() -> int:
    """Return what every random choice of a run begins with."""
    return int(os.environ.get("FAULT_SEED", "1"))


def is_thorough() -> bool:
    """Return whether this run takes its time: `make faults` does, `make test` does not."""
    return FILE_VARIABLE in os.environ


def note(recovery: Recovery, file: Path) -> None:
    with file.open("a") as lines:
        lines.write(json.dumps(asdict(recovery)) + "\n")


def read(file: Path) -> list[Recovery]:
    if not file.exists():
        return []
    return [Recovery(**json.loads(line)) for line in file.read_text().splitlines()]


@pytest.fixture
def record_recovery() -> NoteRecovery:
    """Return what notes a row's recovery, and fails the row when it took longer than its bound."""

    def record(row: str, seconds: float, *, bound: float) -> None:
        file = os.environ.get(FILE_VARIABLE)
        print(f"{row}: recovered in {seconds:.1f} s of {bound:g} s (seed {seed()})")
        if file:
            note(Recovery(row, seed(), round(seconds, 2), bound), Path(file))
        assert seconds <= bound, f"{row} took {seconds:.1f} s, more than {bound:g} s"

    return record
