"""What was found at one hop, and what follows from all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    FINE = "fine"
    DOUBTFUL = "doubtful"
    """Nothing is lost, but somebody should look."""
    WRONG = "wrong"
    UNSEEN = "unseen"
    """It should have been looked at, and could not."""
    ABSENT = "absent"
    """There is no such hop here, or nobody asked to look at it."""


@dataclass(frozen=True)
class Verdict:
    """`setting` is what has to change; a wrong verdict without one is only what something else led to."""

    hop: str
    state: State
    said: str
    setting: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Hop:
    """Makes the verdicts of one hop."""

    name: str

    def fine(self, said: str) -> Verdict:
        return Verdict(self.name, State.FINE, said)

    def absent(self, said: str) -> Verdict:
        return Verdict(self.name, State.ABSENT, said)

    def unseen(self, said: str, *, setting: str = "", remedy: str = "") -> Verdict:
        return Verdict(self.name, State.UNSEEN, said, setting, remedy)

    def doubtful(self, said: str, *, setting: str = "", remedy: str = "") -> Verdict:
        return Verdict(self.name, State.DOUBTFUL, said, setting, remedy)

    def wrong(self, said: str, *, setting: str = "", remedy: str = "") -> Verdict:
        return Verdict(self.name, State.WRONG, said, setting, remedy)


@dataclass(frozen=True)
class Diagnosis:
    """All verdicts, in the order of the path."""

    verdicts: Sequence[Verdict]

    @property
    def cause(self) -> Verdict | None:
        """Return the first wrong verdict that names a setting, else the first wrong one at all."""
        wrong = self.of(State.WRONG)
        return next((verdict for verdict in wrong if verdict.setting), wrong[0] if wrong else None)

    @property
    def exit_code(self) -> int:
        """Return 1 when something is wrong, 2 when nobody could say, 0 when every hop is fine."""
        if self.of(State.WRONG):
            return 1
        return 2 if self.of(State.UNSEEN) else 0

    def of(self, state: State) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.state is state]
