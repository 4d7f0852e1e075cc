"""What went back: the ledger's refunds, never more than their charge."""

import secrets
import sqlite3
from collections.abc import Sequence

from payments.sandbox import events
from payments.sandbox.answers import Refund
from payments.sandbox.ledger import LONGEST_LIST, Ledger
from payments.sandbox.parsing import RefundRequest

# One statement, so that two refunds at once never take the same money.
_REFUND = """
INSERT INTO refunds (id, request_id, charge_id, amount, reference, created)
SELECT ?, ?, charges.id, ?, ?, ? FROM charges
WHERE charges.id = ? AND charges.status = 'succeeded' AND charges.amount >= ? + (
    SELECT coalesce(sum(amount), 0) FROM refunds WHERE refunds.charge_id = charges.id
)
RETURNING *
"""


class Refunds:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(
        self, entry_id: int, wanted: RefundRequest, *, now: float, tellings: Sequence[float] = ()
    ) -> Refund | None:
        """Write the entry's refund and its event, or return the one it has.

        None: the charge has not so much left.
        """
        refund_id = f"re_{secrets.token_hex(12)}"
        what = (wanted.amount, wanted.reference, int(now), wanted.charge, wanted.amount)
        with self._ledger.transaction() as connection:
            known = self.of(entry_id)
            if known is not None:
                return known
            row = connection.execute(_REFUND, (refund_id, entry_id, *what)).fetchone()
            refund = _as_refund(row) if row else None
            if refund is not None:
                events.write(connection, "refund.created", refund, now=now, tellings=tellings)
        return refund

    def of(self, entry_id: int) -> Refund | None:
        rows = self._ledger.connection().execute("SELECT * FROM refunds WHERE request_id = ?", (entry_id,))
        row = rows.fetchone()
        return _as_refund(row) if row else None

    def find(self, charge_id: str) -> list[Refund]:
        """Return the charge's refunds, newest first; one more than `LONGEST_LIST` when there are more."""
        rows = self._ledger.connection().execute(
            "SELECT * FROM refunds WHERE charge_id = ? ORDER BY rowid DESC LIMIT ?",
            (charge_id, LONGEST_LIST + 1),
        )
        return [_as_refund(row) for row in rows]


def _as_refund(row: sqlite3.Row) -> Refund:
    return Refund(row["id"], row["charge_id"], row["amount"], row["reference"], row["created"])
