"""The ledger as people read it: newest requests first, and what they add up to."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from payments.sandbox.ledger import Ledger
from payments.sandbox.tokens import TOKENS

PAGE_LENGTH = 50

_LINES = """
SELECT requests.*, charges.status, charges.id AS charge_id, refunds.id AS refund_id
FROM requests
LEFT JOIN charges ON charges.request_id = requests.id
LEFT JOIN refunds ON refunds.request_id = requests.id
WHERE requests.id < ?
ORDER BY requests.id DESC
LIMIT ?
"""
_TOTALS = """
SELECT
    coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS charged,
    count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE status = 'failed') AS failed
FROM charges
"""
_AFTER_ALL = 2**63 - 1


@dataclass(frozen=True)
class Line:
    """One accepted request and what came of it."""

    id: int
    asked_at: datetime
    reference: str
    amount_minor: int
    token: str
    charge_status: str | None
    charge_id: str | None
    refund_id: str | None
    answer_status: int | None
    asked_count: int
    replayed_count: int

    @property
    def nickname(self) -> str:
        known = TOKENS.get(self.token)
        return known.nickname if known else "Refund of"

    @property
    def amount(self) -> str:
        return dollars(self.amount_minor)

    @property
    def made_id(self) -> str | None:
        """Return the id of the charge or refund, by which the shop's staff name it."""
        return self.charge_id or self.refund_id

    @property
    def outcome(self) -> tuple[str, str]:
        """Return the badge's kind and its words."""
        if self.charge_status == "succeeded":
            return self._charged
        if self.charge_status == "failed":
            return "warn", "○ Declined"
        if self.refund_id:
            return "info", "◌ Refunded"
        if self.token not in TOKENS and self.answer_status:
            return "error", "! Refund refused"
        return ("error", "! Failed, not charged") if self.answer_status else ("info", "◐ Running")

    @property
    def _charged(self) -> tuple[str, str]:
        if self.answer_status is None:
            return "info", "◐ Charged, answer pending"
        if self.answer_status != 200:
            return "warn", f"! Charged, answered {self.answer_status}"
        return "ok", "● Charged"


@dataclass(frozen=True)
class Totals:
    charged_minor: int
    refunded_minor: int
    succeeded_count: int
    failed_count: int
    request_count: int

    @property
    def charged(self) -> str:
        return dollars(self.charged_minor)

    @property
    def refunded(self) -> str:
        return dollars(self.refunded_minor)


def dollars(minor: int) -> str:
    return f"${minor // 100:,}.{minor % 100:02}"


def lines(ledger: Ledger, *, before: int | None = None) -> list[Line]:
    """Return one page of lines and one more if there is a next page."""
    rows = ledger.connection().execute(_LINES, (before or _AFTER_ALL, PAGE_LENGTH + 1))
    return [_as_line(row) for row in rows]


def totals(ledger: Ledger) -> Totals:
    charges = ledger.connection().execute(_TOTALS).fetchone()
    requests = ledger.connection().execute("SELECT count(*) AS counted FROM requests").fetchone()
    refunds = (
        ledger.connection().execute("SELECT coalesce(sum(amount), 0) AS refunded FROM refunds").fetchone()
    )
    return Totals(
        charged_minor=charges["charged"],
        refunded_minor=refunds["refunded"],
        succeeded_count=charges["succeeded"],
        failed_count=charges["failed"],
        request_count=requests["counted"],
    )


def _as_line(row: sqlite3.Row) -> Line:
    return Line(
        id=row["id"],
        asked_at=datetime.fromtimestamp(row["asked_at"], UTC),
        reference=row["reference"],
        amount_minor=row["amount"],
        token=row["source"],
        charge_status=row["status"],
        charge_id=row["charge_id"],
        refund_id=row["refund_id"],
        answer_status=row["answer_status"],
        asked_count=row["asked_count"],
        replayed_count=row["replayed_count"],
    )
