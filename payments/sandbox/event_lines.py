"""The newest events as people read them, and how far their telling has come."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from payments.sandbox.ledger import Ledger

LINES = 10

_LINES = """
SELECT
    events.*,
    count(tellings.id) AS telling_count,
    count(tellings.told_at) AS told_count,
    count(tellings.due_at) AS due_count,
    coalesce(sum(tellings.tried_count), 0) AS tried_count,
    -- What was said to the telling that still has to wait, if there is one.
    coalesce(max(tellings.said) FILTER (WHERE tellings.told_at IS NULL), '') AS said
FROM (SELECT rowid AS number, * FROM events ORDER BY rowid DESC LIMIT ?) AS events
LEFT JOIN tellings ON tellings.event_id = events.id
GROUP BY events.number
ORDER BY events.number DESC
"""


@dataclass(frozen=True)
class EventLine:
    at: datetime
    kind: str
    reference: str
    telling_count: int
    told_count: int
    due_count: int
    tried_count: int
    said: str
    # False: there is no address to tell the shop at.
    has_listener: bool

    @property
    def delivery(self) -> tuple[str, str]:
        """Return the badge's kind and its words."""
        if self.told_count and not self.due_count:
            return "ok", "● Heard"
        if self.told_count:
            return "ok", "◐ Heard, told again"
        if not self.has_listener:
            return "info", "○ Nobody to tell"
        if self.said:
            return ("warn", f"! Not heard: {self.said}") if self.due_count else ("error", "! Given up")
        return "info", "◌ To be told"


def newest(ledger: Ledger, *, has_listener: bool) -> list[EventLine]:
    rows = ledger.connection().execute(_LINES, (LINES,))
    return [_as_line(row, has_listener=has_listener) for row in rows]


def _as_line(row: sqlite3.Row, *, has_listener: bool) -> EventLine:
    return EventLine(
        at=datetime.fromtimestamp(row["created"], UTC),
        kind=row["type"],
        reference=row["reference"],
        telling_count=row["telling_count"],
        told_count=row["told_count"],
        due_count=row["due_count"],
        tried_count=row["tried_count"],
        said=row["said"],
        has_listener=has_listener,
    )
