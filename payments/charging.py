"""One try to charge one attempt: claim it, ask the provider, write the answer down."""

import logging
import time

from billiard.exceptions import SoftTimeLimitExceeded
from opentelemetry.trace import Span, StatusCode
from opentelemetry.util.types import AttributeValue

from payments import asking, claiming, recording, traces
from payments.claiming import LeaseLost
from payments.models import PaymentAttempt
from webstore.telemetry import contract, instruments, propagation, tracing

logger = logging.getLogger(__name__)


def charge(attempt_id: int) -> None:
    """Try to charge the attempt, if it is due and nobody else does."""
    attempt = claiming.claim(attempt_id)
    if attempt is None:
        recording.give_up_exhausted(attempt_id)
        return
    attributes: dict[str, AttributeValue] = {
        contract.COUNTRY: attempt.order.country,
        contract.PAYMENT_METHOD: attempt.payment_method,
        contract.ORDER_NUMBER: attempt.order.number,
        contract.PAYMENT_TRY: attempt.tries,
    }
    with (
        traces.for_working(attempt),
        tracing.span(contract.PROCESS_PAYMENT, attributes) as span,
    ):
        propagation.link(span, attempt.traceparent)
        _process(attempt, span)


def _process(attempt: PaymentAttempt, span: Span) -> None:
    started = time.monotonic()
    outcome = contract.ERROR
    try:
        if attempt.tries == 1:
            recording.note_charging(attempt)
        result = asking.ask(attempt)
        outcome = result.outcome
        recording.record(attempt, result)
    except LeaseLost:
        logger.warning("order %s: the lease was lost, nothing is written down", attempt.order.number)
    except SoftTimeLimitExceeded:
        outcome = contract.TIMEOUT
        raise
    finally:
        _measure(attempt, span, outcome=outcome, seconds=time.monotonic() - started)


def _measure(attempt: PaymentAttempt, span: Span, *, outcome: str, seconds: float) -> None:
    attributes = {
        contract.COUNTRY: attempt.order.country,
        contract.PAYMENT_METHOD: attempt.payment_method,
        contract.OUTCOME: outcome,
    }
    instruments.payment_duration.record(seconds, attributes)
    span.set_attribute(contract.OUTCOME, outcome)
    if outcome in (contract.ERROR, contract.TIMEOUT):
        span.set_status(StatusCode.ERROR, outcome)
