"""What a run of chaos came to, for people."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.faults.chaos.running import Outcome
from tests.faults.tree import Tree

_EXAMPLES = 20
_ORDERS = "SELECT status || IIF(is_in_review, ' (in review)', ''), COUNT(*) FROM orders_order GROUP BY 1"
_ATTEMPTS = "SELECT state, COUNT(*) FROM payments_paymentattempt GROUP BY 1"
# By the practice card: one that breaks at every try ends with a person whatever the shop does.
_REVIEWS = "SELECT payment_token, COUNT(*) FROM payments_paymentattempt WHERE state = 'review' GROUP BY 1"
_REFUNDS = "SELECT state, COUNT(*) FROM payments_refund GROUP BY 1"
_SLOWEST = """SELECT id, number, (julianday(paid_at) - julianday(placed_at)) * 86400 FROM orders_order
    WHERE paid_at IS NOT NULL ORDER BY 3 DESC LIMIT 1"""
_STEPS = """SELECT kind, (julianday(happened_at) - julianday(placed_at)) * 86400
    FROM orders_historyentry h JOIN orders_order o ON h.order_id = o.id WHERE o.id = ? ORDER BY h.id"""


def summary(tree: Tree, outcome: Outcome) -> str:
    seen, slowest = outcome.seen, _slowest(tree)
    quiet = "quiet" if outcome.verdict.settled else "NOT QUIET"
    lines = [
        f"orders          {_counted(tree.rows(_ORDERS))}",
        f"attempts        {_counted(tree.rows(_ATTEMPTS))}",
        f"in review       {_counted(tree.rows(_REVIEWS))}",
        f"charges         {_counted(_charges(tree))}",
        f"refunds         {_counted(tree.rows(_REFUNDS))}",
        f"faults          {outcome.faults.total()} of {outcome.planned_count}, the others found no victim",
        *(f"  {count:4} {kind}" for kind, count in outcome.faults.most_common()),
        f"tried again     {seen.failures.total()} pages that failed, by honest shoppers",
        *(f"  {count:4} {reason}" for reason, count in seen.failures.most_common()),
        f"gave up         {seen.given_up_count}, and {seen.refused_count} were refused",
        f"slowest to paid {slowest}",
        f"{quiet:15} {outcome.settled_seconds:.1f} s after the last fault",
        f"dots            {', '.join(f'{count} {state}' for state, count in outcome.dots.items())}",
        f"violations      {len(outcome.verdict.violations)}",
        *(
            f"  {found.invariant} {found.subject}: {found.said}"
            for found in outcome.verdict.violations[:_EXAMPLES]
        ),
        *(f"  not made: {what}" for what in outcome.unmade),
        *(f"  nobody did it: {what}" for what in outcome.missing),
    ]
    return "\n".join(lines)


def _counted(rows: list[tuple[Any, ...]]) -> str:
    return ", ".join(f"{count} {state}" for state, count in rows) or "none"


def _charges(tree: Tree) -> list[tuple[Any, ...]]:
    ledger = tree.places.data / "ledger.sqlite3"
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute("SELECT status, COUNT(*) FROM charges GROUP BY 1").fetchall()


def _slowest(tree: Tree) -> str:
    """Return how long the slowest order took, and what happened to it when."""
    for pk, number, seconds in tree.rows(_SLOWEST):
        steps = ", ".join(f"{kind} {after:.1f} s" for kind, after in tree.rows(_STEPS, pk))
        return f"{seconds:.1f} s (order {number}: {steps})"
    return "no order was paid"
