"""What can be broken on purpose, and for whom. `control` says what is broken now."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    NONE = "none"
    # Charged at once; the answer leaves late.
    SLOW = "slow"
    HANG = "hang"
    # Silent first: the card is charged when the caller has long hung up.
    HANG_BEFORE = "hang_before"
    DRIP = "drip"
    # Nothing is stored.
    RATE_LIMIT = "rate_limit"
    UNAVAILABLE = "unavailable"
    # Stored as the key's first answer, and replayed.
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DECLINE = "decline"
    # Charged and stored; the caller hears nothing.
    LOSE_ANSWER = "lose_answer"


# They strike whatever is asked, even what was answered before.
ON_THE_LINE = frozenset(
    {Fault.SLOW, Fault.HANG, Fault.DRIP, Fault.RATE_LIMIT, Fault.UNAVAILABLE, Fault.LOSE_ANSWER}
)
# They strike the work itself, so only the first request with a key.
AT_WORK = frozenset({Fault.HANG_BEFORE, Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.DECLINE})
# They strike look-ups as well.
FOR_LOOK_UPS = frozenset({Fault.SLOW, Fault.HANG, Fault.UNAVAILABLE})

_USUAL_SECONDS = {Fault.SLOW: 4.0, Fault.HANG: 15.0, Fault.HANG_BEFORE: 15.0, Fault.DRIP: 2.0}
ERROR_STATUSES = (500, 502)


@dataclass(frozen=True)
class WebhookManner:
    """How events are told: each `repeat` times, after a delay out of a range.

    Shuffled, each telling has a delay of its own, so that order is not kept, and one event in five
    is told once more. Otherwise none overtakes another.
    """

    send: bool = True
    repeat: int = 1
    delay_seconds: tuple[float, float] = (0.0, 2.0)
    shuffle: bool = True


@dataclass(frozen=True)
class Switches:
    """One fault, the share of requests it strikes, and after how many it is over (None: never)."""

    fault: Fault = Fault.NONE
    status: int = 500
    # How long it is slow or silent, or the time between two bytes. None: the fault's usual.
    seconds: float | None = None
    share: float = 1.0
    count: int | None = None
    # What 429 and 503 send as `Retry-After`. None: no such header.
    retry_after: int | None = None
    seed: int = 1
    webhooks: WebhookManner = field(default_factory=WebhookManner)

    @property
    def pause_seconds(self) -> float:
        return _USUAL_SECONDS.get(self.fault, 4.0) if self.seconds is None else self.seconds

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": self.pause_seconds}
