"""Which fault comes when: all of it decided by the seed before anything runs."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

# From one fault to the next.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 2.0, 5.0


@dataclass(frozen=True)
class Kind:
    """What may break: how often it is chosen, which thing breaks (one fault each), and for how long."""

    weight: int
    thing: str
    seconds: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Fault:
    """One fault: when it begins, and how long it lasts (0 for an instant, like a kill)."""

    at: float
    kind: str
    seconds: float
    # Chooses one of several, whatever their number then is.
    pick: float


KINDS: Mapping[str, Kind] = {
    "child killed": Kind(5, "child"),
    "child killed before its claim": Kind(1, "child"),
    "child killed after its claim": Kind(1, "child"),
    "child killed with its request sent": Kind(2, "child"),
    "child killed with the answer in": Kind(2, "child"),
    "child killed before its commit": Kind(2, "child"),
    # Longer than a lease: by then somebody else has the order.
    "child frozen": Kind(1, "child", (3.0, 15.0)),
    "payment worker killed": Kind(2, "child"),
    "default worker killed": Kind(1, "default worker"),
    "web worker killed": Kind(4, "web"),
    "beat killed": Kind(2, "beat"),
    "broker killed": Kind(2, "broker"),
    "broker frozen": Kind(3, "broker", (1.0, 8.0)),
    "broker emptied": Kind(3, "broker"),
    "database locked": Kind(3, "database", (0.5, 4.0)),
    "provider killed": Kind(1, "provider"),
    "provider slow": Kind(1, "provider", (3.0, 10.0)),
    "provider hangs": Kind(1, "provider", (3.0, 12.0)),
    "provider drips": Kind(1, "provider", (3.0, 12.0)),
    "provider limits the rate": Kind(1, "provider", (3.0, 10.0)),
    "provider unavailable": Kind(2, "provider", (3.0, 10.0)),
    "provider fails before it charges": Kind(1, "provider", (3.0, 10.0)),
    "provider fails after it charged": Kind(2, "provider", (3.0, 10.0)),
    "provider's answers lost": Kind(3, "provider", (3.0, 10.0)),
}


def plan(seed: int, *, seconds: float) -> tuple[Fault, ...]:
    """Return the faults of so many seconds, in order; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - faults, not secrets
    faults: list[Fault] = []
    busy_until: dict[str, float] = {}
    at = 0.0
    while (at := at + chance.uniform(_SHORTEST_PAUSE, _LONGEST_PAUSE)) < seconds:
        free = {name: kind for name, kind in KINDS.items() if busy_until.get(kind.thing, 0.0) <= at}
        name = chance.choices(list(free), weights=[kind.weight for kind in free.values()])[0]
        # All are over when the time is.
        lasts = min(chance.uniform(*KINDS[name].seconds), seconds - at)
        busy_until[KINDS[name].thing] = at + lasts
        faults.append(Fault(at, name, lasts, chance.random()))
    return tuple(faults)
