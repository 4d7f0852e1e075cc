"""Taking an event in: one row per event, however often and however many at once bring it."""

import logging
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models.functions import Now
from opentelemetry import trace

from payments import references, starting, traces
from payments.models import PaymentAttempt, ProviderEvent
from payments.outbox import OutboxRow
from payments.webhooks.concluding import conclude
from payments.webhooks.events import Event
from payments.webhooks.looking import Verdict, Wait, look
from webstore.telemetry import propagation
from webstore.transactions import in_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    row: ProviderEvent
    # None: a worker shall ask the provider.
    verdict: Verdict | None


def receive(event: Event) -> bool:
    """Write the event down and make happen what follows. False: it came before and changes nothing."""
    try:
        receipt = in_transaction(lambda: _take_in(event))
    except IntegrityError:
        # One event, one row. Whoever loses the insert finds it; anything else is a fault of ours.
        if not ProviderEvent.objects.filter(event_id=event.id).exists():
            raise
        return False
    logger.info("event %s, %s, is new", event.id, event.type)
    _ring(receipt)
    return True


def _take_in(event: Event) -> Receipt:
    row = write_down(event)
    verdict = look(row, rung_at=Now())
    if verdict is not None:
        conclude(row, verdict)
    return Receipt(row, verdict)


def write_down(event: Event) -> ProviderEvent:
    """Insert the event; an `IntegrityError` says that it came before."""
    return ProviderEvent.objects.create(
        event_id=event.id,
        type=event.type,
        about=event.about,
        reference=event.reference,
        happened_at=event.happened_at,
        traceparent=_order_trace(event),
        next_attempt_at=Now(),
        rung_at=Now(),
    )


def _order_trace(event: Event) -> str:
    """Return the trace of the order that the event names, else the request's own."""
    number = references.order_number(event.reference)
    newest = PaymentAttempt.objects.filter(order__number=number).order_by("-pk").first()
    if newest is None:
        return propagation.current_traceparent()
    propagation.link(trace.get_current_span(), newest.traceparent)
    return traces.to_carry_on(newest)


def _ring(receipt: Receipt) -> None:
    if receipt.verdict is None:
        with traces.for_ringing(receipt.row):
            starting.ring_for_event(receipt.row.pk)
    elif isinstance(receipt.verdict, Wait) and receipt.verdict.hurried is not None:
        _ring_for(receipt.verdict.hurried)


def _ring_for(hurried: OutboxRow) -> None:
    ring = starting.ring_for if isinstance(hurried, PaymentAttempt) else starting.ring_for_refund
    with traces.for_ringing(hurried):
        ring(hurried.pk)
