"""One conversation with the provider about an attempt: charge, and look up where its key can tell no more."""

import logging

from payments import conversation, provider
from payments.exchange import NeverAgain, TryAgain, time_limit
from payments.models import PaymentAttempt
from payments.provider import Answer, Charged, ChargeRequest, NotCharged
from payments.recording import Result

logger = logging.getLogger(__name__)


def ask(attempt: PaymentAttempt) -> Result:
    """Return what the provider decided, or why it is not known. All calls share one time limit."""
    until = time_limit()
    try:
        return conversation.hold(
            attempt,
            ask=lambda: conversation.asked(lambda: provider.charge(_request(attempt), until=until)),
            look_up=lambda: _look_up(attempt, until=until),
        )
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


def find_charges(attempt: PaymentAttempt) -> list[Charged] | TryAgain | NeverAgain:
    """Return what was charged for the order and no other attempt knows of; nothing is asked for."""
    until, others = time_limit(), _others(attempt)
    try:
        return conversation.asked(
            lambda: provider.find_charges(_request(attempt), until=until, others=others)
        )
    except (TryAgain, NeverAgain) as failure:
        logger.warning("order %s, charges looked up: %s", attempt.order.number, failure)
        return failure


def _look_up(attempt: PaymentAttempt, *, until: float) -> Answer | NotCharged:
    others = _others(attempt)
    return conversation.looked_up(lambda: provider.look_up(_request(attempt), until=until, others=others))


def _others(attempt: PaymentAttempt) -> set[str]:
    """Return other attempts' charges: they have the same reference, the order's number."""
    earlier = PaymentAttempt.objects.filter(order=attempt.order_id).exclude(pk=attempt.pk)
    return set(earlier.exclude(provider_reference="").values_list("provider_reference", flat=True))


def _request(attempt: PaymentAttempt) -> ChargeRequest:
    return ChargeRequest(
        key=attempt.idempotency_key,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency.lower(),
        source=attempt.payment_token,
        reference=attempt.order.number,
    )
