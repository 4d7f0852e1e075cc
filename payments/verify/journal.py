"""I4 and I6 as customers saw them: the journal of whoever made the load, one JSON object a line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from orders.models import Order
from payments.verify.cases import PAGE
from payments.verify.verdict import CannotJudge, Violation


@dataclass
class Journal:
    """Which order numbers each checkout form led to; a form that led to none is not here."""

    shown: dict[str, set[str]] = field(default_factory=dict)

    def add(self, line: dict[str, Any]) -> None:
        if line["number"] is not None:
            self.shown.setdefault(str(line["token"]), set()).add(str(line["number"]))


def read(path: Path) -> Journal:
    """Return what customers were shown, or raise `CannotJudge`."""
    journal = Journal()
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                # Without its end the last line is still being written.
                if line.endswith("\n"):
                    journal.add(json.loads(line))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotJudge(f"{path} cannot be read as a journal: {error!r}.") from error
    return journal


def judge(journal: Journal) -> Iterator[Violation]:
    for token, numbers in journal.shown.items():
        if len(numbers) > 1:
            first, *others = sorted(numbers)
            yield Violation("I6", first, f"the form {token} also led its customer to {', '.join(others)}.")
    shown = [(number, token) for token, numbers in journal.shown.items() for number in numbers]
    for start in range(0, len(shown), PAGE):
        yield from _judge_numbers(shown[start : start + PAGE])


def _judge_numbers(shown: list[tuple[str, str]]) -> Iterator[Violation]:
    there = dict(
        Order.objects.filter(number__in=[number for number, _ in shown]).values_list(
            "number", "checkout_token"
        )
    )
    for number, token in shown:
        if number not in there:
            yield Violation("I4", number, "was shown to a customer, but there is no such order.")
        elif _as_uuid(token) != there[number]:
            yield Violation("I6", number, f"was shown for the form {token}, but {there[number]} placed it.")


def _as_uuid(token: str) -> UUID | None:
    try:
        return UUID(token)
    except ValueError:
        return None
