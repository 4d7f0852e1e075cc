"""What a worker does about an event: it asks the provider what is true, and acts on that alone."""

import logging
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from payments import traces
from payments.exchange import ProviderFailure
from payments.models import PaymentAttempt, ProviderEvent
from payments.webhooks import booking, truth
from payments.webhooks.concluding import conclude
from payments.webhooks.looking import Done, Verdict, Wait, live_attempt, look
from webstore.telemetry import contract, propagation, tracing

# As long as the hard time limit of a task. What two workers do at once happens once all the same.
_LEASE = timedelta(seconds=12)

logger = logging.getLogger(__name__)


def heed(event_id: int) -> None:
    """Look into the event, if it waits for that and nobody else does."""
    event = _claim(event_id)
    if event is None:
        return
    with traces.for_working(event), tracing.span(contract.HEED_EVENT) as span:
        propagation.link(span, event.traceparent)
        verdict = _verdict(event)
        logger.info("event %s, %s: %s", event.event_id, event.type, verdict)
        conclude(event, verdict)


def _claim(event_id: int) -> ProviderEvent | None:
    waiting = ProviderEvent.objects.waiting().filter(pk=event_id)
    taken = {"next_attempt_at": Now() + _LEASE, "rung_at": None, "looked_count": F("looked_count") + 1}
    return ProviderEvent.objects.get(pk=event_id) if waiting.update(**taken) else None


def _verdict(event: ProviderEvent) -> Verdict:
    # What it hurries, the sweep rings for.
    verdict = look(event, rung_at=None)
    if verdict is not None:
        return verdict
    attempt = live_attempt(event)
    if attempt is not None and attempt.state == PaymentAttempt.State.REVIEW:
        return booking.end_review(attempt)
    return _ask(event)


def _ask(event: ProviderEvent) -> Verdict:
    try:
        charge = truth.find(event.about)
    except ProviderFailure as failure:
        logger.warning("event %s: %s", event.event_id, failure)
        return Wait()
    if charge is None:
        return Done("no_such_charge", needs_staff=True)
    return booking.book(charge) if charge.is_succeeded else Done("nothing_charged")
