"""Writing down what the provider said, if the attempt is still ours to write.

Each function is one transaction, over order, attempt and history in this order. Where the
lease has gone to another worker it changes nothing: that one asks with the same key and hears the same.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from orders import history, outcomes
from orders.models import HistoryEntry
from payments.backoff import delay_seconds
from payments.models import PaymentAttempt
from payments.provider import Answer, NeverAgain, TryAgain
from payments.transitions import State, move
from webstore.catalog import money
from webstore.telemetry import propagation
from webstore.transactions import in_transaction

Kind = HistoryEntry.Kind
Actor = HistoryEntry.Actor

# A provider that asks for more patience than this is asked again all the same.
_LONGEST_RETRY_AFTER_SECONDS = 300.0

_SENTENCES = {
    Kind.CHARGING: "We are charging {amount}.",
    Kind.NO_ANSWER: "No answer yet. We keep asking; you cannot be charged twice.",
    Kind.DECLINED: "The payment was declined. Nothing was charged.",
    Kind.PAID: "{amount} was charged.",
    Kind.REVIEW: "We are checking your payment. A person looks at it within one working day.",
}
_CHARGED_AFTER_CLOSING = "{amount} was charged when the order was no longer open. A person looks at it."


class LeaseLost(Exception):
    """Another worker has taken the attempt over; nothing was recorded."""


def note_charging(attempt: PaymentAttempt) -> None:
    _tell(attempt, Kind.CHARGING, actor=Actor.WORKER)


def record(attempt: PaymentAttempt, result: Answer | TryAgain | NeverAgain) -> State:
    """Write the result down and return the attempt's new state, or raise `LeaseLost`."""
    return in_transaction(lambda: _write(attempt, result))


def _write(attempt: PaymentAttempt, result: Answer | TryAgain | NeverAgain) -> State:
    match result:
        case Answer(is_approved=True):
            return _approve(attempt, result)
        case Answer():
            return _decline(attempt, result)
        case TryAgain() if attempt.tries < settings.PAYMENT_MAX_TRIES:
            return _wait(attempt, result)
        case TryAgain():
            return _hand_over(attempt, {"failure_code": "too_many_tries"})
        case NeverAgain():
            changes = {"failure_code": result.code, "provider_reference": result.reference}
            return _hand_over(attempt, changes)


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
    if not move(exhausted, to=State.REVIEW, changes={"failure_code": "too_many_tries"}):
        raise LeaseLost
    _tell_of_review(attempt, _SENTENCES[Kind.REVIEW])


def _approve(attempt: PaymentAttempt, answer: Answer) -> State:
    if not outcomes.mark_paid(attempt.order_id):
        # Paid otherwise, or over. The charge stays provable, and somebody has to give it back.
        changes = {"failure_code": "order_not_open", "provider_reference": answer.reference}
        return _hand_over(attempt, changes, sentence=_CHARGED_AFTER_CLOSING)
    _move_held(attempt, to=State.APPROVED, changes={"provider_reference": answer.reference})
    _tell(attempt, Kind.PAID, actor=Actor.PROVIDER)
    return State.APPROVED


def _decline(attempt: PaymentAttempt, answer: Answer) -> State:
    changes = {"provider_reference": answer.reference, "failure_code": answer.failure_code}
    _move_held(attempt, to=State.DECLINED, changes=changes)
    _tell(attempt, Kind.DECLINED, actor=Actor.PROVIDER)
    return State.DECLINED


def _wait(attempt: PaymentAttempt, failure: TryAgain) -> State:
    """Make the attempt due again; `rung_at` goes, so that the sweep rings as soon as it is."""
    # An earlier try may have charged as well, whatever became of this one.
    is_unknown = failure.may_have_charged or attempt.tries > 1
    state = State.UNKNOWN if is_unknown else State.DUE
    patience = min(failure.retry_after_seconds, _LONGEST_RETRY_AFTER_SECONDS)
    seconds = max(delay_seconds(attempt.idempotency_key, tries=attempt.tries), patience)
    changes = {"next_attempt_at": Now() + timedelta(seconds=seconds), "rung_at": None}
    _move_held(attempt, to=state, changes=changes)
    _tell(attempt, Kind.NO_ANSWER, actor=Actor.PROVIDER)
    return state


def _hand_over(
    attempt: PaymentAttempt, changes: Mapping[str, Any], *, sentence: str = _SENTENCES[Kind.REVIEW]
) -> State:
    outcomes.put_in_review(attempt.order_id)
    _move_held(attempt, to=State.REVIEW, changes=changes)
    _tell_of_review(attempt, sentence)
    return State.REVIEW


def _tell_of_review(attempt: PaymentAttempt, sentence: str) -> None:
    _tell(attempt, Kind.REVIEW, actor=Actor.WORKER, sentence=sentence)


def _move_held(attempt: PaymentAttempt, *, to: State, changes: Mapping[str, Any]) -> None:
    if not move(_held(attempt), to=to, changes=changes):
        raise LeaseLost


def _held(attempt: PaymentAttempt) -> QuerySet[PaymentAttempt]:
    return PaymentAttempt.objects.filter(pk=attempt.pk, state=State.CHARGING, lease_id=attempt.lease_id)


def _tell(attempt: PaymentAttempt, kind: Kind, *, actor: Actor, sentence: str = "") -> None:
    history.record(
        attempt.order_id,
        kind=kind,
        actor=actor,
        sentence=(sentence or _SENTENCES[kind]).format(amount=money.display(attempt.amount_minor)),
        trace_id=propagation.current_trace_id(),
    )
