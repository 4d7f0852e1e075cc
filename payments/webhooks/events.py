"""What the provider tells by itself, read strictly. It says what to ask about; nothing in it is believed."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CHARGE_SUCCEEDED = "charge.succeeded"
CHARGE_FAILED = "charge.failed"
REFUND_CREATED = "refund.created"

# A charge's id becomes part of a path (truth.py) and of a key of 64 characters (booking.py).
_ID = re.compile(r"[A-Za-z0-9_-]{1,56}")
_TYPE = re.compile(r"[a-z0-9_.]{1,64}")
_REFERENCE = re.compile(r"[ -~]{1,64}")
_LAST_MOMENT = 253_402_300_799  # of the year 9999


class Unreadable(Exception):
    pass


@dataclass(frozen=True)
class Event:
    """`about` is the id of a charge or refund at the provider; `reference` what we once called it, or ""."""

    id: str
    type: str
    about: str
    reference: str
    happened_at: datetime

    @property
    def is_about_charge(self) -> bool:
        return self.type in (CHARGE_SUCCEEDED, CHARGE_FAILED)


def parse(body: bytes) -> Event:
    """Return the event, or raise `Unreadable`."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    told = _object(event)
    thing = _object(_object(told.get("data")).get("object"))
    return Event(
        id=_text(told.get("id"), _ID),
        type=_text(told.get("type"), _TYPE),
        about=_text(thing.get("id"), _ID),
        reference=_reference(thing.get("reference")),
        happened_at=_moment(told.get("created")),
    )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable("an id or type is missing or odd")
    return value


def _reference(value: object) -> str:
    # Whoever else uses the provider's account may call things what they like.
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else ""


def _moment(value: object) -> datetime:
    # JSON's true is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LAST_MOMENT:
        raise Unreadable("the moment is missing or odd")
    return datetime.fromtimestamp(value, UTC)
