"""I4 and I5: nothing stands still, unless a person knows of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from orders.models import HistoryEntry, Order
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.verify.cases import Case, OutboxRow
from payments.verify.patience import Patience
from payments.verify.verdict import Violation

_STAFF = HistoryEntry.Actor.STAFF
_MOVING = ("due", PaymentAttempt.State.CHARGING, Refund.State.SENDING, "unknown")


def judge(case: Case, patience: Patience) -> Iterator[Violation]:
    for said in (*_attempts(case, patience), *_refunds(case, patience), *_review(case)):
        yield Violation("I5", case.order.number, said)
    for said in _end(case, patience):
        yield Violation("I4", case.order.number, said)


def is_moving(case: Case) -> bool:
    """Return whether something about it is still under way by itself."""
    return any(row.state in _MOVING for row in (*case.attempts, *case.refunds))


def _attempts(case: Case, patience: Patience) -> Iterator[str]:
    for attempt in case.attempts:
        if attempt.state not in _MOVING:
            continue
        yield from _left_alone(case, attempt, patience, name="its payment")
        gone_on = case.order.read_at - _began_at(case, attempt)
        # In review it is tried for as long as that takes.
        if gone_on > patience.total and not case.order.is_in_review:
            yield f"its payment is {attempt.state} and has gone on for {_seconds(gone_on)}."


def _refunds(case: Case, patience: Patience) -> Iterator[str]:
    for refund in case.refunds:
        if refund.state not in _MOVING:
            continue
        yield from _left_alone(case, refund, patience, name=f"refund {refund.pk}")
        # One with a failure was in review: one of the staff looks it up right now, under a lease.
        if refund.failure_code or case.order.read_at - _began_at(case, refund) <= patience.total:
            continue
        gone_on = case.order.read_at - _told_at(case, refund)
        if gone_on > patience.total:
            yield f"refund {refund.pk} is {refund.state} and has gone on for {_seconds(gone_on)}."


def _left_alone(case: Case, row: OutboxRow, patience: Patience, *, name: str) -> Iterator[str]:
    overdue = case.order.read_at - (row.lease_until or row.next_attempt_at)
    if overdue > patience.late:
        yield f"{name} is {row.state}, and nobody has come for {_seconds(overdue)}."


def _began_at(case: Case, row: OutboxRow) -> datetime:
    """Return since when it is tried: one of the staff may have begun it anew."""
    acts = [entry.happened_at for entry in case.history if entry.actor == _STAFF]
    return max([row.asked_at or row.created_at, *acts])


def _told_at(case: Case, refund: OutboxRow) -> datetime:
    """Return since when it is tried: the provider's word, too, may have begun it anew. Costs a query."""
    told = ProviderEvent.objects.filter(reference=case.called(refund), nudged_at__isnull=False)
    nudged_at = told.aggregate(newest=Max("nudged_at"))["newest"]
    return max(_began_at(case, refund), nudged_at or refund.created_at)


def _review(case: Case) -> Iterator[str]:
    in_review = any(row.state == PaymentAttempt.State.REVIEW for row in case.attempts)
    # While staff look it up at the provider, the payment is theirs, under a lease.
    looked_at = any(row.state == PaymentAttempt.State.CHARGING for row in case.attempts)
    if in_review and not case.order.is_in_review:
        yield f"its payment is in review, the order ({case.order.status}) is not."
    if case.order.is_in_review and not (in_review or looked_at):
        yield "is in review, but has no payment that a person could decide."


def _end(case: Case, patience: Patience) -> Iterator[str]:
    order = case.order
    if not case.attempts:
        yield "has no payment: nothing will ever become of it."
    elif order.status == Order.Status.PLACED and not case.live and order.reserved_until is not None:
        overdue = order.read_at - order.reserved_until
        if overdue > patience.late:
            yield f"is unpaid, its time was over {_seconds(overdue)} ago, and it has not expired."


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():,.0f} s"
