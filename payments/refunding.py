"""One try to give money back: claim the refund, ask the provider, write the answer down.

The rules about keys are those of charges: the same key again while it may tell something, and
another one only where the provider neither has nor makes the refund.
"""

import logging

from opentelemetry.trace import StatusCode

from payments import claiming, conversation, provider_refunds, references, refund_recording, traces
from payments.claiming import LeaseLost
from payments.exchange import NeverAgain, TryAgain, time_limit
from payments.models import Refund
from payments.provider_refunds import RefundRequest
from payments.refund_recording import Result
from webstore.telemetry import contract, propagation, tracing

logger = logging.getLogger(__name__)


def refund(refund_id: int) -> None:
    """Try to give the refund's money back, if it is due and nobody else does."""
    held = claiming.claim_refund(refund_id)
    if held is None:
        refund_recording.give_up_exhausted(refund_id)
        return
    order = held.attempt.order
    attributes = {contract.ORDER_NUMBER: order.number, contract.PAYMENT_METHOD: held.attempt.payment_method}
    with (
        traces.for_working(held),
        tracing.span(contract.PROCESS_REFUND, {**attributes, contract.PAYMENT_TRY: held.tries}) as span,
    ):
        propagation.link(span, held.traceparent)
        propagation.link(span, held.attempt.traceparent)
        result = _ask(held)
        span.set_attribute(contract.OUTCOME, result.outcome)
        if result.outcome in (contract.ERROR, contract.TIMEOUT):
            span.set_status(StatusCode.ERROR, result.outcome)
        _record(held, result)


def _ask(held: Refund) -> Result:
    request, until = _request(held), time_limit()
    try:
        return conversation.hold(
            held,
            ask=lambda: conversation.asked(lambda: provider_refunds.refund(request, until=until)),
            look_up=lambda: conversation.looked_up(lambda: provider_refunds.look_up(request, until=until)),
        )
    except (TryAgain, NeverAgain) as failure:
        logger.warning("%s, try %d: %s", held, held.tries, failure)
        return failure


def look_up(held: Refund) -> Result:
    """Return what the provider knows of the refund; nothing is asked for."""
    request, until = _request(held), time_limit()
    try:
        return conversation.looked_up(lambda: provider_refunds.look_up(request, until=until))
    except (TryAgain, NeverAgain) as failure:
        logger.warning("%s, looked up: %s", held, failure)
        return failure


def _request(held: Refund) -> RefundRequest:
    return RefundRequest(
        key=held.idempotency_key,
        charge=held.attempt.provider_reference,
        amount_minor=held.amount_minor,
        reference=references.of_refund(held.attempt.order.number, held.pk),
    )


def _record(held: Refund, result: Result) -> None:
    try:
        refund_recording.record(held, result)
    except LeaseLost:
        logger.warning("%s: the lease was lost, the answer is dropped", held)
