"""What the staff may do about a refund that needs somebody. Each act happens once and says who and why."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from orders import outcomes
from payments import giving_back, refund_recording, refunding
from payments.acting import CHANGED_MEANWHILE, Act, note, refused
from payments.claiming import REST, LeaseLost, claim_rested_refund, move_back, move_held
from payments.exchange import NeverAgain
from payments.models import Refund
from payments.provider_refunds import NotRefunded, Refunded
from payments.refund_recording import Result
from payments.starting import ring_for_refund
from payments.telling import Kind
from payments.transitions import RefundState, move, why_in_review
from webstore.catalog.money import display
from webstore.transactions import in_transaction

_REFUNDED_WRONGLY = ("refunded_something_else", "refunded_more_than_once")


def again(refund_id: int, act: Act) -> str:
    """Let the workers ask for the refund once more, with the same key."""
    if not in_transaction(lambda: _make_due(refund_id, act.note("asked for the refund again"))):
        return CHANGED_MEANWHILE
    ring_for_refund(refund_id)
    return "The workers ask for the refund again, with the same key."


def give_up(refund_id: int, act: Act) -> str:
    """End the refund and free its amount, unless the provider has made it."""
    refund = claim_rested_refund(refund_id)
    if refund is None:
        return refused(Refund.objects.for_staff().filter(pk=refund_id))
    result = refunding.look_up(refund)
    try:
        return in_transaction(lambda: _write(refund, result, act.note("gave the refund up")))
    except LeaseLost:
        return CHANGED_MEANWHILE


def count_as_done(refund_id: int, act: Act) -> str:
    """Take the money for given back, by another way than the provider's refund."""
    try:
        in_transaction(lambda: _count(refund_id, act.note("gave it back another way")))
    except LeaseLost:
        return refused(_in_review(refund_id))
    return "It counts as given back."


def _write(refund: Refund, result: Result, what: str) -> str:
    outcomes.take(refund.attempt.order_id)
    note(refund.attempt, what, kind=Kind.REFUNDING, sentence="A person looked at your refund.")
    if isinstance(result, Refunded):
        refund_recording.succeed(refund, result)
        return "The provider has made this refund: it counts as given back."
    if isinstance(result, NotRefunded) or (isinstance(result, NeverAgain) and result.code == "refund_failed"):
        return _let_go(refund)
    code = result.code if isinstance(result, NeverAgain) and result.code in _REFUNDED_WRONGLY else ""
    changes: dict[str, Any] = {"failure_code": code or why_in_review("no_clear_answer")}
    move_back(refund, to=RefundState.REVIEW, changes=changes)
    return "The provider gave no clear answer. The refund stays in review."


def _let_go(refund: Refund) -> str:
    giving_back.let_go(refund)
    move_held(refund, to=RefundState.GIVEN_UP, changes={})
    sentence = f"The refund of {display(refund.amount_minor)} did not work."
    note(refund.attempt, "", kind=Kind.REFUND_FAILED, sentence=sentence)
    return f"Nothing went back. {display(refund.amount_minor)} can be given back anew."


def _count(refund_id: int, what: str) -> None:
    refund = Refund.objects.select_related("attempt__order").get(pk=refund_id)
    outcomes.take(refund.attempt.order_id)
    refund_recording.count(refund)
    rested = _in_review(refund_id).filter(updated_at__lte=Now() - REST)
    if not move(rested, to=RefundState.SUCCEEDED, changes={"failure_code": "refunded_elsewhere"}):
        raise LeaseLost
    sentence = f"We gave {display(refund.amount_minor)} back to you another way."
    note(refund.attempt, what, kind=Kind.REFUNDED, sentence=sentence)


def _make_due(refund_id: int, what: str) -> bool:
    refund = Refund.objects.select_related("attempt").get(pk=refund_id)
    if not _is_due_again(refund_id):
        return False
    sentence = "We ask for your refund once more."
    note(refund.attempt, what, kind=Kind.REFUNDING, sentence=sentence)
    return True


def _is_due_again(refund_id: int) -> bool:
    again = {"tries": 0, "failure_code": "", "next_attempt_at": Now(), "rung_at": Now()}
    if move(_in_review(refund_id), to=RefundState.UNKNOWN, changes=again):
        return True
    # What is overdue is due: it lacks a worker who comes.
    overdue = Refund.objects.for_staff().filter(pk=refund_id).exclude(state=RefundState.REVIEW)
    return overdue.update(rung_at=Now()) == 1


def _in_review(refund_id: int) -> QuerySet[Refund]:
    return Refund.objects.filter(pk=refund_id, state=RefundState.REVIEW)
