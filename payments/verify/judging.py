"""The judge: reads what there is, in the order that is safe while the shop works, and says what is wrong.

The shop asks the provider first and writes the answer down after it; a customer is shown an order after
its commit. So what stands in one place was backed by the next one before, and they are read in this
order: journal, database, ledger, each as of one moment. Then what a row claims can be looked for, with
no patience: a paid order's charge is in the ledger, a shown order is in the database.

The other way round the ledger is ahead: its newest charge may be of an order that the database's moment
does not know yet. Clocks cannot tell (each program has its own), so whatever looks wrong about an order
is looked at once more, from a later moment. Its row was committed before its charge was asked for: by
then it is there. Only what is wrong both times counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orders.models import Order
from payments.verify import (
    charges,
    histories,
    journal,
    ledger,
    orphans,
    patience,
    refunds,
    shelves,
    tokens,
    waiting,
)
from payments.verify.cases import Case, OrderRow, all_orders, cases_of, orders_numbered
from payments.verify.ledger import Ledger
from payments.verify.patience import Patience
from payments.verify.snapshot import one_moment
from payments.verify.verdict import Progress, Verdict, Violation


@dataclass(frozen=True)
class Sources:
    """What to read beyond the shop's database."""

    ledger: Path
    journal: Path | None = None


def judge(
    sources: Sources, *, older_than: float | None = None, on_progress: Progress | None = None
) -> Verdict:
    """Return all that is wrong, or raise `CannotJudge`; `older_than` is T in seconds, if not the usual."""
    limit = patience.usual() if older_than is None else patience.of_seconds(older_than)
    shown = journal.read(sources.journal) if sources.journal else None
    verdict = Verdict()
    with _reading(sources) as book:
        verdict.violations.extend(_judge_tables(shown))
        suspected = [*_judge_orders(_told(all_orders(), on_progress), book, limit, verdict.counts)]
        suspected += orphans.judge(book)
    verdict.violations.extend(_look_again(sources, suspected, limit))
    return verdict


@contextmanager
def _reading(sources: Sources) -> Iterator[Ledger]:
    with one_moment():
        # The first read fixes the database's moment: before the ledger's.
        Order.objects.exists()
        with ledger.reading(sources.ledger) as book:
            yield book


def _judge_tables(shown: journal.Journal | None) -> Iterator[Violation]:
    """Judge what the database alone tells, as of one moment: no second look is needed."""
    yield from shelves.judge()
    yield from tokens.judge()
    if shown is not None:
        yield from journal.judge(shown)


def _judge_orders(
    pages: Iterable[list[OrderRow]], book: Ledger, limit: Patience, counts: Counter[str]
) -> Iterator[Violation]:
    for page in pages:
        for case in cases_of(page, book):
            _count(case, counts)
            yield from charges.judge(case)
            yield from refunds.judge(case)
            yield from histories.judge(case)
            yield from waiting.judge(case, limit)


def _look_again(sources: Sources, suspected: list[Violation], limit: Patience) -> Iterator[Violation]:
    """Yield what is still wrong; what is wrong in another way now was moving."""
    if not suspected:
        return
    before = {(violation.invariant, violation.subject) for violation in suspected}
    subjects = list(dict.fromkeys(violation.subject for violation in suspected))
    with _reading(sources) as book:
        still = [
            *_judge_orders(orders_numbered(subjects), book, limit, Counter()),
            *orphans.judge_references(subjects, book),
        ]
    yield from (violation for violation in still if (violation.invariant, violation.subject) in before)


def _count(case: Case, counts: Counter[str]) -> None:
    counts["orders"] += 1
    counts[case.order.status] += 1
    counts["in_review"] += case.order.is_in_review
    counts["refunds_in_review"] += sum(refund.state == "review" for refund in case.refunds)
    counts["settled_by_hand"] += case.is_settled_by_hand
    counts["under_way"] += waiting.is_moving(case)
    counts["charges"] += sum(charge.is_succeeded for charge in case.charges)
    counts["refunds"] += len(case.given_back)


def _told(pages: Iterable[list[OrderRow]], on_progress: Progress | None) -> Iterator[list[OrderRow]]:
    """Yield the pages, and tell after each how far the judge is."""
    if on_progress is None:
        yield from pages
        return
    done, total = 0, Order.objects.count()
    for page in pages:
        yield page
        done += len(page)
        on_progress(done, total)
