"""Which event is to be told next, and what came of it. Rows of the ledger, so that a restart loses none."""

from dataclasses import dataclass

from payments.sandbox.ledger import Ledger

# After that the shop has long asked by itself.
GIVE_UP_SECONDS = 3600
# Longer than one try takes: whoever dies in the middle of it has told nothing for sure.
LEASE_SECONDS = 10
_LONGEST_BACKOFF_SECONDS = 60

_CLAIM = """
UPDATE tellings SET due_at = ?, tried_count = tried_count + 1
WHERE id = (
    SELECT id FROM tellings WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, id LIMIT 1
)
RETURNING id, tried_count,
    (SELECT body FROM events WHERE events.id = event_id) AS body,
    (SELECT created FROM events WHERE events.id = event_id) AS created
"""


@dataclass(frozen=True)
class Telling:
    id: int
    tried_count: int
    body: str
    event_created: float


class Tellings:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def need_no_disk(self) -> None:
        """Let this thread's commits return before they are on the disk: a lost one is told again."""
        self._ledger.connection().execute("PRAGMA synchronous = NORMAL")

    def claim(self, *, now: float) -> Telling | None:
        """Return the one that is due the longest; unless an outcome is noted, it is due again soon."""
        # Asked many times a second, mostly in vain: only a claim is worth the ledger's lock.
        due = "SELECT 1 FROM tellings WHERE due_at <= ? LIMIT 1"
        if self._ledger.connection().execute(due, (now,)).fetchone() is None:
            return None
        with self._ledger.transaction() as connection:
            row = connection.execute(_CLAIM, (now + LEASE_SECONDS, now)).fetchone()
        return Telling(row["id"], row["tried_count"], row["body"], row["created"]) if row else None

    def is_heard(self, telling: Telling, *, now: float, said: str) -> None:
        self._note(telling, "due_at = NULL, told_at = ?, said = ?", now, said)

    def is_not_heard(self, telling: Telling, *, now: float, said: str) -> None:
        """Note the failure. It is tried again after 1, 2, 4 … 60 seconds, for an hour at most."""
        backoff = min(2.0 ** (telling.tried_count - 1), _LONGEST_BACKOFF_SECONDS)
        due_at = now + backoff
        is_over = due_at > telling.event_created + GIVE_UP_SECONDS
        self._note(telling, "due_at = ?, said = ?", None if is_over else due_at, said)

    def _note(self, telling: Telling, change: str, *values: object) -> None:
        with self._ledger.transaction() as connection:
            # Another process may have told it meanwhile, and that stands.
            connection.execute(
                f"UPDATE tellings SET {change} WHERE id = ? AND told_at IS NULL",  # noqa: S608
                (*values, telling.id),
            )
