"""One program, one colour, on every page and for every viewer."""

import sqlite3

from webstore.telemetry import contract

# The style sheet's first four; others take the next four by first appearance.
FIXED = (contract.WEB, contract.WORKER, contract.PROVIDER, contract.BEAT)
OTHERS = 4


def colour_numbers(db: sqlite3.Connection) -> dict[str, int]:
    """Return each program's colour, 0 to 7."""
    rows = db.execute("SELECT service FROM resources GROUP BY service ORDER BY min(id)").fetchall()
    others = [service for (service,) in rows if service not in FIXED]
    fixed = {service: number for number, service in enumerate(FIXED)}
    return fixed | {service: len(FIXED) + index % OTHERS for index, service in enumerate(others)}
