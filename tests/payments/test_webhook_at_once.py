"""Money nobody knew of is booked while something else happens to its order: no cent too many, none lost."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from payments import charging, closing
from payments.closing import PaymentUnderWay
from payments.models import PaymentAttempt, ProviderEvent
from payments.paying_again import pay_again
from payments.webhooks import heeding
from tests.payments.at_once import all_at_once
from tests.payments.edge import Edge, answer
from tests.payments.making import make_attempt
from tests.payments.telling import charge_event, charge_of, tell
from tests.payments.test_closing import PAYPAL

pytestmark = pytest.mark.django_db(transaction=True)


def _charge(attempt: PaymentAttempt) -> None:
    charging.charge(attempt.pk)


def _cancel(attempt: PaymentAttempt) -> None:
    with suppress(PaymentUnderWay):
        closing.cancel(attempt.order)


def _pay_again(attempt: PaymentAttempt) -> None:
    pay_again(attempt.order, PAYPAL, form_token=uuid.uuid4())


def _expire(attempt: PaymentAttempt) -> None:
    Order.objects.update(reserved_until=timezone.now() - timedelta(seconds=1))
    closing.expire_overdue()


def _heed() -> None:
    ProviderEvent.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    heeding.heed(ProviderEvent.objects.get().pk)


@pytest.mark.parametrize(
    ("state", "meanwhile"),
    [("due", _charge), ("due", _cancel), ("declined", _pay_again), ("declined", _cancel), ("error", _expire)],
)
def test_an_order_is_paid_once_or_not_at_all(
    edge: Edge, state: str, meanwhile: Callable[[PaymentAttempt], None]
) -> None:
    attempt = make_attempt(state=state)
    edge.lookups = [answer(200, charge_of(attempt, id="ch_late")) for _ in range(3)]
    tell(charge_event(attempt, about="ch_late"))

    all_at_once([lambda: meanwhile(attempt), _heed])
    for live in PaymentAttempt.objects.live():
        charging.charge(live.pk)
    _heed()

    kept = sum(each.charged_minor - each.refunded_minor for each in PaymentAttempt.objects.all())
    assert PaymentAttempt.objects.filter(provider_reference="ch_late", charged_minor=4186).count() == 1
    assert kept == (4186 if Order.objects.get().status == "paid" else 0)
    assert ProviderEvent.objects.get().state == "done"
