"""What stands in the shop's and the provider's books about the sales of a test."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.e2e.evidence import eventually
from tests.e2e.running import Demo
from tests.faults.customers import Sale

_LOOK_SECONDS = 0.1
# Longer than any recovery may take: how long it took is then judged by its bound.
_PATIENCE_SECONDS = float(os.environ.get("FAULT_PATIENCE_SECONDS", "60"))


@dataclass(frozen=True)
class Attempt:
    pk: int
    state: str
    tries: int
    asked_count: int
    failure_code: str


@dataclass(frozen=True)
class Books(Demo):
    def wait_paid(
        self, sales: Sequence[Sale], *, within: float = _PATIENCE_SECONDS, since: float | None = None
    ) -> float:
        """Return the seconds, from now or `since`, until all are paid; fail when it takes longer."""
        began = time.monotonic() if since is None else since
        numbers = {sale.number: sale for sale in sales}
        assert sales, "nobody has bought anything"
        assert all(numbers), f"not every customer was shown an order: {sales}"
        while unpaid := [sale for number, sale in numbers.items() if self.status(number) != "paid"]:
            seconds = time.monotonic() - began
            found = {sale.number: self.attempts(sale) for sale in unpaid}
            assert seconds <= within, f"unpaid after {seconds:.1f} s: {found}"
            time.sleep(_LOOK_SECONDS)
        return time.monotonic() - began

    def wait_charging(self, sales: Sequence[Sale]) -> None:
        """Return when a worker asks the provider for at least one of them."""
        is_asked = eventually(
            lambda: any(self.attempts(sale)[-1].state == "charging" for sale in sales),
            seconds=_PATIENCE_SECONDS,
        )
        assert is_asked, f"nobody charges {sales}"

    def status(self, number: str) -> str:
        """Return an order's status by its number, "" when there is no such order."""
        found = self.rows("SELECT status FROM orders_order WHERE number = ?", number)
        return str(found[0][0]) if found else ""

    def trace_id(self, sale: Sale) -> str:
        [(trace_id,)] = self.rows("SELECT trace_id FROM orders_order WHERE number = ?", sale.number)
        return str(trace_id)

    def attempts(self, sale: Sale) -> list[Attempt]:
        """Return the attempts to be paid for a sale, oldest first."""
        sql = """SELECT a.id, state, tries, asked_count, failure_code
            FROM payments_paymentattempt a JOIN orders_order o ON a.order_id = o.id
            WHERE number = ? ORDER BY a.id"""
        return [Attempt(*row) for row in self.rows(sql, sale.number)]

    def charge_count(self, sale: Sale) -> int:
        """Return how often the provider really took the money for a sale."""
        return [status for status, _ in self.ledger(sale.number)].count("succeeded")
