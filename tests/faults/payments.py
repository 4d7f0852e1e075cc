"""What the shop and the provider wrote down about one order's payment."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.e2e.evidence import eventually
from tests.faults.customers import Form, Sale
from tests.faults.outside import change
from tests.faults.tree import Tree

_LOOK_SECONDS = 0.05
_PAID_SECONDS = 40


@dataclass(frozen=True)
class Asked:
    """One key as the provider's ledger has it."""

    key: str
    times: int
    replayed: int


def orders_of(tree: Tree, form: Form) -> int:
    """Return how many orders a form has placed."""
    # SQLite has it as text, without dashes; PostgreSQL takes both.
    token = form.token.replace("-", "")
    [(count,)] = tree.rows("SELECT COUNT(*) FROM orders_order WHERE checkout_token = ?", token)
    return int(count)


@dataclass(frozen=True)
class Payment:
    tree: Tree
    sale: Sale

    @property
    def number(self) -> str:
        assert self.sale.number, f"no order was shown: {self.sale}"
        return self.sale.number

    @property
    def amount_minor(self) -> int:
        [(total,)] = self.tree.rows("SELECT total_minor FROM orders_order WHERE number = ?", self.number)
        return int(total)

    @property
    def states(self) -> list[tuple[str, int]]:
        """Return (state, tries) of each attempt, oldest first."""
        return [(attempt.state, attempt.tries) for attempt in self.tree.attempts(self.sale)]

    @property
    def asked(self) -> list[Asked]:
        """Return every key the provider was asked with about this order, oldest first."""
        sql = """SELECT idempotency_key, asked_count, replayed_count FROM requests
            WHERE reference = ? ORDER BY id"""
        return [Asked(*row) for row in self.provider_rows(sql, self.number)]

    @property
    def charges(self) -> list[tuple[str, int]]:
        """Return (status, amount) of what the provider really did, oldest first."""
        return self.tree.ledger(self.number)

    @property
    def is_charged_once(self) -> bool:
        return self.charges == [("succeeded", self.amount_minor)]

    @property
    def given_back(self) -> list[int]:
        """Return the amounts the provider really gave back, oldest first."""
        rows = self.provider_rows("SELECT amount FROM refunds WHERE reference LIKE ?", f"{self.number}%")
        return [int(amount) for (amount,) in rows]

    def charge_behind_our_back(self) -> None:
        """Let the provider charge for the order as if a request of ours had come to it very late."""
        self.tree.provider.charge(amount_minor=self.amount_minor, reference=self.number)

    def await_state(self, state: str) -> None:
        """Return as soon as its newest attempt is in this state."""
        assert eventually(lambda: self.states[-1][0] == state), self.states

    def await_tries(self, tries: int) -> None:
        """Return when so many tries are over."""
        assert eventually(lambda: self.states[-1] in {("due", tries), ("unknown", tries)}), self.states

    def seconds_between(self, first: str, second: str) -> float:
        """Return the time between two kinds of entries in the order's history, each its first."""
        sql = """SELECT kind, happened_at FROM orders_historyentry h JOIN orders_order o ON h.order_id = o.id
            WHERE number = ? ORDER BY h.id DESC"""
        at = {kind: datetime.fromisoformat(moment) for kind, moment in self.tree.rows(sql, self.number)}
        return (at[second] - at[first]).total_seconds()

    def waits(self) -> dict[int, float]:
        """Follow the payment until it is paid; return how long each try made the next one wait."""
        sql = """SELECT tries, (julianday(next_attempt_at) - julianday(a.updated_at)) * 86400
            FROM payments_paymentattempt a JOIN orders_order o ON a.order_id = o.id
            WHERE number = ? AND a.state IN ('due', 'unknown') AND tries > 0"""
        waits: dict[int, float] = {}
        gives_up_at = time.monotonic() + _PAID_SECONDS
        while self.tree.status(self.number) != "paid":
            assert time.monotonic() < gives_up_at, self.states
            waits |= dict(self.tree.rows(sql, self.number))
            time.sleep(_LOOK_SECONDS)
        return waits

    def hold(self) -> None:
        """Let nobody ask about it until `age_key`."""
        self._change("next_attempt_at = '2099-01-01 00:00:00'")

    def age_key(self, *, hours: int) -> None:
        """Make its key old on both sides, and the attempt due."""
        self._change(f"asked_at = datetime(asked_at, '-{hours} hours')")
        self.provider_rows(
            "UPDATE requests SET asked_at = asked_at - ? WHERE reference = ?", hours * 3600, self.number
        )
        self._change("next_attempt_at = datetime('now'), rung_at = NULL")

    def _change(self, values: str) -> None:
        sql = f"""UPDATE payments_paymentattempt SET {values}
            WHERE order_id = (SELECT id FROM orders_order WHERE number = ?)"""  # noqa: S608 - values of ours
        change(self.tree, sql, self.number)

    def provider_rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Read the provider's ledger, or change it."""
        file = self.tree.places.data / "ledger.sqlite3"
        with closing(sqlite3.connect(file, timeout=20, isolation_level=None)) as db:
            return db.execute(sql, parameters).fetchall()
