"""Which state an attempt or refund may go to, and the one way to get there: a conditional UPDATE."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from payments.models import PaymentAttempt, Refund
from payments.outbox import OutboxRow, Row

State = PaymentAttempt.State
RefundState = Refund.State
# The failure code of an attempt for whose money one of the staff answers.
SETTLED_BY_HAND = "settled_by_hand"

# What is not listed is final. Out of review leads an act of the staff, or an answer that came after all.
NEXT: Mapping[State, frozenset[State]] = {
    # Due means that certainly nothing is charged: so a customer may cancel it.
    State.DUE: frozenset({State.CHARGING, State.CANCELLED, State.REVIEW}),
    State.UNKNOWN: frozenset({State.CHARGING, State.REVIEW}),
    # To itself: a lease ran out and the next worker takes over.
    State.CHARGING: frozenset(
        {
            State.CHARGING,
            State.DUE,
            State.UNKNOWN,
            State.APPROVED,
            State.DECLINED,
            State.ERROR,
            State.CANCELLED,
            State.REVIEW,
        }
    ),
    # To an error: staff settled it by hand.
    State.REVIEW: frozenset({State.CHARGING, State.UNKNOWN, State.ERROR}),
}
NEXT_OF_REFUND: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.DUE: frozenset({RefundState.SENDING, RefundState.REVIEW}),
    RefundState.UNKNOWN: frozenset({RefundState.SENDING, RefundState.REVIEW}),
    RefundState.SENDING: frozenset(
        {
            RefundState.SENDING,
            RefundState.DUE,
            RefundState.UNKNOWN,
            RefundState.SUCCEEDED,
            RefundState.GIVEN_UP,
            RefundState.REVIEW,
        }
    ),
    # To succeeded: staff gave it back another way.
    RefundState.REVIEW: frozenset({RefundState.SENDING, RefundState.UNKNOWN, RefundState.SUCCEEDED}),
}
_TABLES: Mapping[type[OutboxRow], Mapping[Any, frozenset[Any]]] = {
    PaymentAttempt: NEXT,
    Refund: NEXT_OF_REFUND,
}

_NO_LEASE = {"lease_id": None, "lease_until": None}


def why_in_review(code: str) -> Combinable:
    """Return the failure code of a row that goes to review: this, unless it has one.

    It has one when a person looked at it there and died over that.
    """
    return Case(When(failure_code="", then=Value(code)), default=F("failure_code"))


def move(row: QuerySet[Row], *, to: str, changes: Mapping[str, Any]) -> bool:
    """Bring the one row into state `to`. False: it is not where it may come from."""
    sources = [state for state, targets in _TABLES[row.model].items() if to in targets]
    # Whoever asks nobody holds no lease; a move to where one asks brings its own.
    values = {**_NO_LEASE, "state": to, "updated_at": Now(), **changes}
    return row.filter(state__in=sources).update(**values) == 1
