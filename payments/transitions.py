"""Which state an attempt may go to, and the one way to get there: a conditional UPDATE."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from payments.models import PaymentAttempt

State = PaymentAttempt.State

# What is not listed is final. Nothing leads out of review by itself.
NEXT: Mapping[State, frozenset[State]] = {
    # Due means that certainly nothing is charged: so it alone may be cancelled.
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
            State.REVIEW,
        }
    ),
}

_NO_LEASE = {"lease_id": None, "lease_until": None}


def move(attempt: QuerySet[PaymentAttempt], *, to: State, changes: Mapping[str, Any]) -> bool:
    """Bring the one row of `attempt` into state `to`. False: it is not where it may come from."""
    sources = [state for state, targets in NEXT.items() if to in targets]
    # Whoever is not charging holds no lease; a move to charging brings its own.
    values = {**_NO_LEASE, "state": to, "updated_at": Now(), **changes}
    return attempt.filter(state__in=sources).update(**values) == 1
