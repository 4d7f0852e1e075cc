"""The provider's ledger: what was asked, what was answered, and what was really charged.

A plain SQLite file of its own, so that it can judge the shop. Every method is one
transaction, and what it wrote is on the disk (fsync) when it returns. Unique columns
guard what must happen once; no method looks first and writes later.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from payments.sandbox import events
from payments.sandbox.answers import Answer, Charge
from payments.sandbox.parsing import ChargeRequest, RefundRequest
from payments.sandbox.schema import SCHEMA
from payments.sandbox.tokens import ChargeStatus

KEY_KEPT_SECONDS = 24 * 3600
LONGEST_LIST = 100
_WAIT_SECONDS = 10

_ENTER = """
INSERT INTO requests
    (idempotency_key, fingerprint, source, amount, currency, reference, description, asked_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (idempotency_key) DO UPDATE SET asked_count = asked_count + 1
    WHERE fingerprint = excluded.fingerprint
"""


_CHARGE = """
INSERT INTO charges (id, request_id, status, amount, currency, reference, created)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (request_id) DO UPDATE SET request_id = request_id
RETURNING *
"""


@dataclass(frozen=True)
class Entry:
    """A key's request as the ledger knows it; `answer` is None while there is none yet."""

    id: int
    fingerprint: str
    answer: Answer | None


class Ledger:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._per_thread = threading.local()
        self.connection().executescript(SCHEMA)

    def enter(self, key: str, wanted: ChargeRequest | RefundRequest, *, now: float) -> Entry:
        """Return the key's entry: a new one, or the one an earlier request made, its try counted."""
        what = (wanted.source, wanted.amount, wanted.currency, wanted.reference, wanted.description)
        with self.transaction() as connection:
            connection.execute(
                "UPDATE requests SET idempotency_key = NULL "
                "WHERE idempotency_key IS NOT NULL AND asked_at < ?",
                (now - KEY_KEPT_SECONDS,),
            )
            connection.execute(_ENTER, (key, wanted.fingerprint, *what, now))
            row = connection.execute("SELECT * FROM requests WHERE idempotency_key = ?", (key,)).fetchone()
        return Entry(row["id"], row["fingerprint"], _as_answer(row))

    def charge(
        self,
        entry_id: int,
        wanted: ChargeRequest,
        *,
        status: ChargeStatus,
        now: float,
        tellings: Sequence[float] = (),
    ) -> Charge:
        """Write the entry's charge and its event, and return it; when it has one already, return that one."""
        charge_id = f"ch_{secrets.token_hex(12)}"
        what = (status, wanted.amount, wanted.currency, wanted.reference, int(now))
        with self.transaction() as connection:
            row = connection.execute(_CHARGE, (charge_id, entry_id, *what)).fetchone()
            charge = _as_charge(row)
            if charge.id == charge_id:
                events.write(connection, f"charge.{status}", charge, now=now, tellings=tellings)
        return charge

    def keep_answer(self, entry_id: int, answer: Answer) -> Answer:
        """Store the entry's first answer and return what is stored: the first one wins."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE requests SET answer_status = ?, answer_body = ? "
                "WHERE id = ? AND answer_status IS NULL",
                (answer.status, answer.body, entry_id),
            )
        return self.first_answer(entry_id) or answer

    def count_replay(self, entry_id: int) -> None:
        with self.transaction() as connection:
            connection.execute(
                "UPDATE requests SET replayed_count = replayed_count + 1 WHERE id = ?", (entry_id,)
            )

    def first_answer(self, entry_id: int) -> Answer | None:
        row = self.connection().execute("SELECT * FROM requests WHERE id = ?", (entry_id,)).fetchone()
        return _as_answer(row)

    def charge_of(self, entry_id: int) -> Charge | None:
        row = self.connection().execute("SELECT * FROM charges WHERE request_id = ?", (entry_id,)).fetchone()
        return _as_charge(row) if row else None

    def find_charge(self, charge_id: str) -> Charge | None:
        row = self.connection().execute("SELECT * FROM charges WHERE id = ?", (charge_id,)).fetchone()
        return _as_charge(row) if row else None

    def find_charges(self, reference: str) -> list[Charge]:
        """Return the reference's charges, newest first; one more than `LONGEST_LIST` when there are more."""
        rows = self.connection().execute(
            "SELECT * FROM charges WHERE reference = ? ORDER BY rowid DESC LIMIT ?",
            (reference, LONGEST_LIST + 1),
        )
        return [_as_charge(row) for row in rows]

    def connection(self) -> sqlite3.Connection:
        """Return this thread's own connection."""
        known: sqlite3.Connection | None = getattr(self._per_thread, "connection", None)
        if known is not None:
            return known
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode only FULL waits for the disk at each commit.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        self._per_thread.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            # A full disk fails the commit itself and leaves the transaction open.
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _as_answer(row: sqlite3.Row) -> Answer | None:
    if row["answer_status"] is None:
        return None
    return Answer(row["answer_status"], row["answer_body"])


def _as_charge(row: sqlite3.Row) -> Charge:
    return Charge(row["id"], row["status"], row["amount"], row["currency"], row["reference"], row["created"])
