"""What is broken now. It lives in memory: a restart mends everything."""

import functools
import random
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from payments.sandbox.switches import FOR_LOOK_UPS, Fault, Switches, WebhookManner

# Of shuffled events, one in so many is told once more.
_TWICE_ONE_IN = 5


@dataclass(frozen=True)
class State:
    switches: Switches
    # How many charges and refunds the fault has struck.
    hits: int

    @property
    def is_broken(self) -> bool:
        """Return whether the fault may strike again."""
        count = self.switches.count
        return self.switches.fault != Fault.NONE and (count is None or self.hits < count)

    def as_json(self) -> dict[str, Any]:
        return {**self.switches.as_json(), "hits": self.hits}


class Control:
    """Decides whom a fault strikes: the same seed and order of requests, the same ones struck."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.put(Switches())

    def put(self, switches: Switches) -> State:
        """Replace everything, and begin the seed's choices anew."""
        with self._lock:
            self._state = State(switches, hits=0)
            # Each has choices of its own, so that none of them shifts the others'.
            seeds = (f"{switches.seed}/{name}" for name in ("asks", "look-ups", "webhooks"))
            self._asks, self._look_ups, self._webhooks = (random.Random(seed) for seed in seeds)  # noqa: S311
            self._latest_moment = 0.0
            return self._state

    def put_webhooks(self, manner: WebhookManner) -> State:
        """Replace the manner in which events are told, and nothing else."""
        with self._lock:
            self._state = State(replace(self._state.switches, webhooks=manner), self._state.hits)
            return self._state

    @property
    def state(self) -> State:
        return self._state

    def strike(self, faults: Collection[Fault]) -> Switches | None:
        """Return the switches if one of these faults strikes the charge or refund that asks now."""
        with self._lock:
            state = self._state
            if not state.is_broken or state.switches.fault not in faults:
                return None
            if self._asks.random() >= state.switches.share:
                return None
            self._state = State(state.switches, state.hits + 1)
            return state.switches

    def strike_look_up(self) -> Switches | None:
        """Return the switches if the fault strikes this look-up, which never uses up its `count`."""
        with self._lock:
            state = self._state
            if not state.is_broken or state.switches.fault not in FOR_LOOK_UPS:
                return None
            return state.switches if self._look_ups.random() < state.switches.share else None

    def tellings(self, now: float) -> list[float]:
        """Return the moments at which an event of now is told."""
        with self._lock:
            manner = self._state.switches.webhooks
            is_told_once_more = manner.shuffle and self._webhooks.randrange(_TWICE_ONE_IN) == 0
            moments = [
                now + self._webhooks.uniform(*manner.delay_seconds)
                for _ in range(manner.repeat + is_told_once_more)
            ]
            if manner.shuffle:
                return moments
            self._latest_moment = max(self._latest_moment, *moments)
            return [self._latest_moment] * len(moments)


@functools.cache
def open_control() -> Control:
    """Return the process's one control."""
    return Control()
