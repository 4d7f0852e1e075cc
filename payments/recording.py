"""Writing down what the provider said, if the attempt is still ours to write.

Each function is one transaction, over order, attempt and history in this order. Where the
lease has gone to another worker it changes nothing: that one asks with the same key and hears the same.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from orders import outcomes
from orders.models import Order
from payments import giving_back, replacing
from payments.backoff import patient_seconds
from payments.claiming import LeaseLost, keep_held, move_held
from payments.exchange import NeverAgain, TryAgain
from payments.giving_back import Wish
from payments.models import PaymentAttempt
from payments.outbox import new_key
from payments.provider import Answer, NotCharged
from payments.telling import Actor, Kind, tell
from payments.transitions import State, move, why_in_review
from webstore.telemetry import contract, instruments
from webstore.transactions import in_transaction

logger = logging.getLogger(__name__)

Result = Answer | NotCharged | TryAgain | NeverAgain


def note_charging(attempt: PaymentAttempt) -> None:
    """Tell that a charge begins, or raise `LeaseLost`: another worker has told more by then."""
    in_transaction(lambda: _note_charging(attempt))


def _note_charging(attempt: PaymentAttempt) -> None:
    outcomes.take(attempt.order_id)
    keep_held(attempt)
    tell(attempt, Kind.CHARGING, actor=Actor.WORKER)


def record(attempt: PaymentAttempt, result: Result) -> State:
    """Write the result down and return the attempt's new state, or raise `LeaseLost`."""
    return in_transaction(lambda: write(attempt, result))


def write(attempt: PaymentAttempt, result: Result) -> State:
    """Do what `record` does, in the caller's transaction."""
    match result:
        case Answer(is_approved=True):
            return _approve(attempt, result)
        case Answer():
            return _decline(attempt, result)
        case NeverAgain():
            changes = {"failure_code": result.code, "provider_reference": result.reference}
            return _hand_over(attempt, changes)
        case _ if attempt.tries >= settings.PAYMENT_MAX_TRIES:
            return _hand_over(attempt, {"failure_code": "too_many_tries"})
        case NotCharged():
            return replacing.replace(attempt)
        case TryAgain():
            return _wait(attempt, result)


def give_up_exhausted(attempt_id: int) -> bool:
    """Hand an attempt to a person whose last worker died without a word. False: it is not so far."""
    waiting = PaymentAttempt.objects.waiting().select_related("order")
    exhausted = waiting.filter(pk=attempt_id, tries__gte=settings.PAYMENT_MAX_TRIES)
    attempt = exhausted.first()
    if attempt is None:
        return False
    try:
        in_transaction(lambda: _give_up(attempt, exhausted))
    except LeaseLost:
        return False
    return True


def _give_up(attempt: PaymentAttempt, exhausted: QuerySet[PaymentAttempt]) -> None:
    outcomes.put_in_review(attempt.order_id)
    if not move(exhausted, to=State.REVIEW, changes={"failure_code": why_in_review("too_many_tries")}):
        raise LeaseLost
    tell(attempt, Kind.REVIEW, actor=Actor.WORKER)


def _approve(attempt: PaymentAttempt, answer: Answer) -> State:
    try:
        with transaction.atomic():
            return _count(attempt, answer)
    except IntegrityError:
        # One charge is one payment: the database has it as another one's.
        logger.exception("order %s: its charge counts elsewhere", attempt.order.number)
    told = {"failure_code": "charged_something_else", "provider_reference": answer.reference}
    return _hand_over(attempt, told)


def _count(attempt: PaymentAttempt, answer: Answer) -> State:
    changes = {"provider_reference": answer.reference, "charged_minor": attempt.amount_minor}
    if outcomes.mark_paid(attempt.order_id):
        move_held(attempt, to=State.APPROVED, changes=changes)
        tell(attempt, Kind.PAID, actor=Actor.PROVIDER)
        transaction.on_commit(lambda: _measure_time_to_paid(attempt))
        return State.APPROVED
    # Paid otherwise, or over: the money goes back. The sweep rings for it.
    move_held(attempt, to=State.ERROR, changes={**changes, "failure_code": "order_not_open"})
    tell(attempt, Kind.REFUNDING, actor=Actor.PROVIDER)
    giving_back.begin(attempt.pk, Wish(attempt.amount_minor, "order_not_open", key=new_key()))
    return State.ERROR


def _decline(attempt: PaymentAttempt, answer: Answer) -> State:
    changes = {"provider_reference": answer.reference, "failure_code": answer.failure_code}
    outcomes.keep_reserved(attempt.order_id)
    move_held(attempt, to=State.DECLINED, changes=changes)
    tell(attempt, Kind.DECLINED, actor=Actor.PROVIDER)
    return State.DECLINED


def _wait(attempt: PaymentAttempt, failure: TryAgain) -> State:
    """Make the attempt due again; `rung_at` goes, so that the sweep rings as soon as it is."""
    seconds = patient_seconds(
        attempt.idempotency_key, tries=attempt.tries, asked_for=failure.retry_after_seconds
    )
    changes: dict[str, Any] = {"next_attempt_at": Now() + timedelta(seconds=seconds), "rung_at": None}
    # An earlier try with this key may have charged as well, whatever became of this one.
    if failure.may_have_charged or attempt.asked_count > 1:
        state = State.UNKNOWN
    else:
        state = State.DUE
        changes |= {"asked_at": None, "asked_count": 0}
    move_held(attempt, to=state, changes=changes)
    tell(attempt, Kind.NO_ANSWER, actor=Actor.PROVIDER)
    return state


def _hand_over(attempt: PaymentAttempt, changes: Mapping[str, Any]) -> State:
    outcomes.put_in_review(attempt.order_id)
    move_held(attempt, to=State.REVIEW, changes=changes)
    tell(attempt, Kind.REVIEW, actor=Actor.WORKER)
    return State.REVIEW


def _measure_time_to_paid(attempt: PaymentAttempt) -> None:
    order = Order.objects.only("placed_at", "paid_at").get(pk=attempt.order_id)
    if order.paid_at is None:  # the database holds it together with the status
        return
    # Both by the database's clock. It may have been set back meanwhile.
    seconds = max(0.0, (order.paid_at - order.placed_at).total_seconds())
    instruments.time_to_paid.record(seconds, {contract.PAYMENT_METHOD: attempt.payment_method})
