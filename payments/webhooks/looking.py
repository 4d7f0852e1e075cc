"""What our own rows tell about an event, and whom it makes hurry. The provider is not asked here.

An event is a hint. An attempt or refund without an answer is asked for at once, with its own key;
one that a worker holds is that worker's business; what is known already needs nothing.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from payments import references
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.outbox import OutboxRow
from payments.transitions import RefundState, State, move
from payments.webhooks.events import CHARGE_FAILED, CHARGE_SUCCEEDED, REFUND_CREATED

# Of all reasons for a review these end with an answer.
FOR_WANT_OF_AN_ANSWER = ("too_many_tries", "no_clear_answer")


@dataclass(frozen=True)
class Done:
    """Nothing is left to do, for us or at all."""

    outcome: str
    needs_staff: bool = False


@dataclass(frozen=True)
class Wait:
    """It is not settled yet. `hurried` is what became due right now."""

    hurried: OutboxRow | None = None


Verdict = Done | Wait


def look(event: ProviderEvent, *, rung_at: Now | None) -> Verdict | None:
    """Return what comes of it, None where only the provider can tell. `rung_at`: of what is hurried."""
    if event.type == REFUND_CREATED:
        return _look_at_refund(event, rung_at)
    if event.type not in (CHARGE_SUCCEEDED, CHARGE_FAILED):
        return Done("not_for_us")
    if _is_known(event):
        return Done("known")
    attempt = live_attempt(event)
    if attempt is not None and attempt.state in (State.CHARGING, State.UNKNOWN):
        return Wait(_hurry(event, attempt, rung_at))
    # No money moved, and no answer is missing.
    return Done("nothing_charged") if event.type == CHARGE_FAILED else None


def live_attempt(event: ProviderEvent) -> PaymentAttempt | None:
    """Return what may still pay the order that the event names."""
    named = PaymentAttempt.objects.live().filter(order__number=event.reference)
    return named.select_related("order").first()


def _is_known(event: ProviderEvent) -> bool:
    known = PaymentAttempt.objects.filter(provider_reference=event.about)
    if event.type == CHARGE_SUCCEEDED:
        # A charge that we hold for failed is news.
        known = known.filter(Q(charged_minor__gt=0) | Q(state=State.REVIEW))
    return known.exists()


def _look_at_refund(event: ProviderEvent, rung_at: Now | None) -> Verdict:
    refund = _named_refund(event)
    if refund is None:
        return Done("no_such_refund", needs_staff=True)
    if refund.state == RefundState.SUCCEEDED:
        is_it = refund.provider_reference == event.about
        return Done("known") if is_it else Done("refunded_twice", needs_staff=True)
    if refund.state == RefundState.GIVEN_UP:
        return Done("refunded_after_all", needs_staff=True)
    if refund.state == RefundState.REVIEW:
        return _end_review(event, refund, rung_at)
    return Wait(_hurry(event, refund, rung_at))


def _named_refund(event: ProviderEvent) -> Refund | None:
    named = references.read_refund(event.reference)
    if named is None:
        return None
    number, pk = named
    return Refund.objects.filter(pk=pk, attempt__order__number=number).first()


def _end_review(event: ProviderEvent, refund: Refund, rung_at: Now | None) -> Verdict:
    """Ask once more where only the answer was missing: its key gives back once at most."""
    if refund.failure_code not in FOR_WANT_OF_AN_ANSWER:
        return Done("in_review")
    if event.nudged_at is not None:
        # Asked once more because of this event, and no answer came: now staff have the refund.
        return Wait()
    reviewed = Refund.objects.filter(pk=refund.pk, state=RefundState.REVIEW)
    again = {"tries": 0, "failure_code": ""}
    is_moved = move(reviewed, to=RefundState.UNKNOWN, changes=again | _now(rung_at))
    return Wait(refund if is_moved else None)


def _hurry(event: ProviderEvent, row: OutboxRow, rung_at: Now | None) -> OutboxRow | None:
    """Make it due now, once per event: more would use up its tries while the provider is away."""
    if event.nudged_at is not None:
        return None
    rows: QuerySet[Any] = type(row)._default_manager.all()
    waiting = rows.filter(pk=row.pk, state__in=row.FREE)
    return row if waiting.update(**_now(rung_at), updated_at=Now()) else None


def _now(rung_at: Now | None) -> dict[str, Any]:
    return {"next_attempt_at": Now(), "rung_at": rung_at}
