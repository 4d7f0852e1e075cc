"""The practice provider's ledger as a stranger reads it: another program's file, by SQL alone.

It is read while the provider writes it: opened read-only, and all of it as of one moment.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from payments.verify.verdict import CannotJudge

_WAIT_SECONDS = 10
_PAGE = 1_000

_CHARGES = """
SELECT charges.id, charges.status, charges.amount, charges.currency, charges.reference,
       requests.idempotency_key
FROM charges JOIN requests ON requests.id = charges.request_id
WHERE charges.reference IN (SELECT value FROM json_each(?))
ORDER BY charges.reference, charges.rowid
"""
_REFUNDS = """
SELECT refunds.id, refunds.charge_id, refunds.amount, refunds.reference, charges.reference
FROM refunds JOIN charges ON charges.id = refunds.charge_id
WHERE charges.reference IN (SELECT value FROM json_each(?))
ORDER BY charges.reference, refunds.rowid
"""
_REFERENCES = """
SELECT DISTINCT reference FROM charges
WHERE status = 'succeeded' AND reference > ? ORDER BY reference LIMIT ?
"""


class Charge(NamedTuple):
    """`key` is None once the provider has forgotten it."""

    id: str
    status: str
    amount_minor: int
    currency: str
    reference: str
    key: str | None

    @property
    def is_succeeded(self) -> bool:
        return self.status == "succeeded"


class GivenBack(NamedTuple):
    """A refund in the ledger; `order_number` is its charge's reference."""

    id: str
    charge_id: str
    amount_minor: int
    reference: str
    order_number: str


class Ledger:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def charges_of(self, numbers: Collection[str]) -> dict[str, list[Charge]]:
        """Return the charges by order number, oldest first."""
        rows = map(Charge._make, self._connection.execute(_CHARGES, (json.dumps(list(numbers)),)))
        return {number: list(group) for number, group in groupby(rows, key=lambda row: row.reference)}

    def refunds_of(self, numbers: Collection[str]) -> dict[str, list[GivenBack]]:
        """Return the refunds by order number, oldest first."""
        rows = map(GivenBack._make, self._connection.execute(_REFUNDS, (json.dumps(list(numbers)),)))
        return {number: list(group) for number, group in groupby(rows, key=lambda row: row.order_number)}

    def charged_references(self) -> Iterator[list[str]]:
        """Yield, in pages, every reference that something was charged for."""
        last = ""
        while page := self._page_after(last):
            yield page
            last = page[-1]

    def _page_after(self, last: str) -> list[str]:
        return [reference for (reference,) in self._connection.execute(_REFERENCES, (last, _PAGE))]


@contextmanager
def reading(path: Path) -> Iterator[Ledger]:
    """Open the ledger as it is now, or raise `CannotJudge`."""
    if not path.is_file():
        raise CannotJudge(f"There is no ledger of the payment provider at {path}.")
    try:
        # Not `immutable`: the provider writes meanwhile.
        with closing(_open(path)) as connection:
            yield Ledger(connection)
    except sqlite3.Error as error:
        raise CannotJudge(f"{path} cannot be read as the payment provider's ledger: {error}.") from error


def _open(path: Path) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    connection.execute("BEGIN")
    # The first read fixes the moment. It also tells a ledger from any other file.
    for sql in (_CHARGES, _REFUNDS):
        connection.execute(sql, ("[]",)).fetchall()
    return connection


def total(amounts: Iterable[Charge | GivenBack]) -> int:
    """Return US cents."""
    return sum(row.amount_minor for row in amounts)
