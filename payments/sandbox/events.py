"""What the provider tells the shop of its own accord: rows beside the charge or refund they tell of."""

import json
import secrets
import sqlite3
from collections.abc import Sequence

from payments.sandbox.answers import Charge, Refund

_EVENT = """
INSERT INTO events (id, type, thing_id, reference, body, created) VALUES (?, ?, ?, ?, ?, ?)
"""


def write(
    connection: sqlite3.Connection,
    kind: str,
    thing: Charge | Refund,
    *,
    now: float,
    tellings: Sequence[float],
) -> None:
    """Write an event that is to be told at each of these moments, within the caller's transaction."""
    event_id = f"evt_{secrets.token_hex(12)}"
    body = {
        "id": event_id,
        "object": "event",
        "type": kind,
        "created": int(now),
        "data": {"object": thing.as_json()},
    }
    connection.execute(_EVENT, (event_id, kind, thing.id, thing.reference, json.dumps(body), now))
    connection.executemany(
        "INSERT INTO tellings (event_id, due_at) VALUES (?, ?)", [(event_id, moment) for moment in tellings]
    )
