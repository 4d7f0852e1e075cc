"""One conversation with the provider about an attempt: charge, and look up where its key can tell no more."""

import logging
from collections.abc import Callable
from typing import TypeVar

from opentelemetry.trace import SpanKind

from payments import claiming, provider
from payments.exchange import KeySpent, NeverAgain, TryAgain, time_limit
from payments.models import PaymentAttempt
from payments.provider import Answer, ChargeRequest, NotCharged
from payments.recording import Result
from webstore.telemetry import contract, tracing

logger = logging.getLogger(__name__)

Told = TypeVar("Told")


def ask(attempt: PaymentAttempt) -> Result:
    """Return what the provider decided, or why it is not known. All calls share one time limit."""
    until = time_limit()
    try:
        if claiming.has_old_key(attempt):
            # It may be forgotten there, and would be charged anew.
            return _look_up(attempt, until=until)
        return _charge(attempt, until=until)
    except (TryAgain, NeverAgain) as failure:
        logger.warning("order %s, try %d: %s", attempt.order.number, attempt.tries, failure)
        return failure


def look_up(attempt: PaymentAttempt) -> Result:
    """Return what the provider knows of the attempt's charge; nothing is asked for."""
    try:
        return _look_up(attempt, until=time_limit())
    except (TryAgain, NeverAgain) as failure:
        logger.warning("order %s, looked up: %s", attempt.order.number, failure)
        return failure


def _charge(attempt: PaymentAttempt, *, until: float) -> Answer | NotCharged:
    try:
        return _called(lambda: provider.charge(_request(attempt), until=until))
    except KeySpent:
        return _look_up(attempt, until=until)


def _look_up(attempt: PaymentAttempt, *, until: float) -> Answer | NotCharged:
    # Other attempts' charges have the same reference: the order's number.
    earlier = PaymentAttempt.objects.filter(order=attempt.order_id).exclude(pk=attempt.pk)
    others = set(earlier.exclude(provider_reference="").values_list("provider_reference", flat=True))
    try:
        return _called(lambda: provider.look_up(_request(attempt), until=until, others=others))
    except TryAgain as failure:
        # That the look-up itself stored nothing says nothing about the charge.
        failure.may_have_charged = True
        raise


def _called(call: Callable[[], Told]) -> Told:
    with tracing.span(contract.PAYMENT_PROVIDER_API, kind=SpanKind.CLIENT):
        return call()


def _request(attempt: PaymentAttempt) -> ChargeRequest:
    return ChargeRequest(
        key=attempt.idempotency_key,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency.lower(),
        source=attempt.payment_token,
        reference=attempt.order.number,
    )
