"""Another attempt in the place of one whose key can tell no more, and that certainly charged nothing."""

from datetime import timedelta

from django.db.models.functions import Now

from orders import outcomes
from payments import traces
from payments.backoff import delay_seconds
from payments.claiming import move_held
from payments.models import PaymentAttempt
from payments.outbox import new_key
from payments.telling import BEGUN_ANEW, Actor, Kind, tell
from payments.transitions import State


def replace(attempt: PaymentAttempt) -> State:
    """End the attempt and begin its successor, in the caller's transaction."""
    is_open = outcomes.take_open(attempt.order_id)
    move_held(attempt, to=State.ERROR, changes={"failure_code": "not_charged"})
    if is_open:
        _add_successor(attempt)
        tell(attempt, Kind.NO_ANSWER, actor=Actor.PROVIDER, sentence=BEGUN_ANEW)
    return State.ERROR


def _add_successor(attempt: PaymentAttempt) -> None:
    seconds = delay_seconds(attempt.idempotency_key, tries=attempt.tries)
    PaymentAttempt.objects.create(
        order_id=attempt.order_id,
        idempotency_key=new_key(),
        payment_method=attempt.payment_method,
        payment_token=attempt.payment_token,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        traceparent=traces.to_carry_on(attempt),
        # A new key begins no new patience: the tries of an order's payment are counted together.
        tries=attempt.tries,
        next_attempt_at=Now() + timedelta(seconds=seconds),
    )
