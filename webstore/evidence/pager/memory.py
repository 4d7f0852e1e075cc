"""What was said last about each group, so that it is said once. In memory: a restart forgets it."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from webstore.evidence.pager.notification import RESOLVED, Group

MOST_GROUPS = 1_000


class Claim(Enum):
    NEWS = "news"
    SAID = "said"
    BEING_SAID = "being said"


@dataclass(frozen=True)
class _Said:
    state: str
    at: float


class Memory:
    def __init__(self, *, repeat_seconds: float, most_groups: int = MOST_GROUPS) -> None:
        self._repeat_seconds = repeat_seconds
        self._most_groups = most_groups
        self._said: OrderedDict[str, _Said] = OrderedDict()
        self._being_said: set[str] = set()
        self._lock = threading.Lock()

    def claim(self, group: Group) -> Claim:
        """Return whether to send it; of NEWS the caller must tell the end with `settle`."""
        with self._lock:
            if group.identity in self._being_said:
                return Claim.BEING_SAID
            if self._is_said(group):
                return Claim.SAID
            self._being_said.add(group.identity)
            return Claim.NEWS

    def settle(self, group: Group, *, is_delivered: bool) -> None:
        with self._lock:
            self._being_said.discard(group.identity)
            if not is_delivered:
                return
            self._said[group.identity] = _Said(group.state, time.monotonic())
            self._said.move_to_end(group.identity)
            while len(self._said) > self._most_groups:
                self._said.popitem(last=False)

    def _is_said(self, group: Group) -> bool:
        said = self._said.get(group.identity)
        if said is None or said.state != group.state:
            return False
        # That something goes on is worth a reminder; that it is over is not.
        return group.status == RESOLVED or time.monotonic() - said.at < self._repeat_seconds
