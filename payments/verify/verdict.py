"""What the judge says: each broken promise in a plain sentence, and how much was looked at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Hears how many things were judged, of how many.
Progress = Callable[[int, int], None]


class CannotJudge(Exception):
    """Something that must be read cannot be; its text says what."""


@dataclass(frozen=True)
class Violation:
    """A broken invariant; `subject` is an order's number, or else what it is about."""

    invariant: str
    subject: str
    said: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.said}"


@dataclass(frozen=True)
class Verdict:
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        return not self.violations

    def as_json(self) -> dict[str, Any]:
        broken = [
            {"invariant": violation.invariant, "subject": violation.subject, "said": violation.said}
            for violation in self.violations
        ]
        return {"violations": broken, "counts": dict(self.counts)}
