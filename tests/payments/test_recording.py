import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from orders.models import Order
from payments import charging, recording
from payments.claiming import LeaseLost, claim
from payments.exchange import NeverAgain, TryAgain
from payments.giving_back import NotEnoughLeft
from payments.models import PaymentAttempt, Refund
from payments.provider import Answer
from tests.payments.edge import Asked, Edge, Handler, answer, approve
from tests.payments.making import kinds_of, make_attempt
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

APPROVED = Answer(is_approved=True, reference="ch_yes")
DECLINED = Answer(is_approved=False, reference="ch_no", failure_code="card_declined")


def _claimed(**fields: object) -> PaymentAttempt:
    attempt = claim(make_attempt(**fields).pk)
    assert attempt is not None
    return attempt


@pytest.mark.parametrize("result", [APPROVED, DECLINED, TryAgain("?"), NeverAgain("refused")])
def test_a_lost_lease_drops_the_result(result: Answer | TryAgain | NeverAgain) -> None:
    attempt = _claimed()
    PaymentAttempt.objects.update(lease_id=uuid.uuid4())

    with pytest.raises(LeaseLost):
        recording.record(attempt, result)

    order = Order.objects.get()
    assert (order.status, order.is_in_review) == ("placed", False)
    assert PaymentAttempt.objects.get().state == "charging"
    assert kinds_of(order) == ["placed"]


def test_an_answer_after_the_lease_counts_while_nobody_took_over() -> None:
    attempt = _claimed()
    PaymentAttempt.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert recording.record(attempt, APPROVED) == "approved"


@pytest.mark.django_db(transaction=True)
def test_the_worker_that_took_over_hears_the_same(edge: Edge) -> None:
    attempt = make_attempt()

    def other_worker_takes_over(handler: Handler, asked: Asked) -> None:
        PaymentAttempt.objects.update(lease_id=uuid.uuid4())
        connection.close()
        approve(handler, asked)

    edge.script = [other_worker_takes_over]
    charging.charge(attempt.pk)
    assert PaymentAttempt.objects.get().state == "charging"

    PaymentAttempt.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    charging.charge(attempt.pk)

    assert PaymentAttempt.objects.get().state == "approved"
    assert edge.keys == [attempt.idempotency_key] * 2


def test_a_charge_for_a_closed_order_goes_back() -> None:
    attempt = _claimed()
    Order.objects.update(status="cancelled")

    assert recording.record(attempt, APPROVED) == "error"

    kept, refund = PaymentAttempt.objects.get(), Refund.objects.get()
    assert (kept.provider_reference, kept.failure_code) == ("ch_yes", "order_not_open")
    assert (kept.charged_minor, kept.refunded_minor) == (4186, 4186)
    assert (refund.attempt, refund.amount_minor, refund.state, refund.rung_at) == (kept, 4186, "due", None)
    told = list(kept.order.history.values_list("sentence", flat=True))[-2:]
    assert told == [
        "$41.86 was charged when the order was no longer open.",
        "$41.86 is on its way back to you.",
    ]


def test_no_charge_for_a_closed_order_is_kept_without_its_refund() -> None:
    attempt = _claimed(charged_minor=4186, refunded_minor=4186)
    Order.objects.update(status="cancelled")

    with pytest.raises(NotEnoughLeft):
        recording.record(attempt, APPROVED)

    assert PaymentAttempt.objects.get().state == "charging"


def test_money_after_the_reservation_buys_what_is_still_there() -> None:
    attempt = _claimed()
    Order.objects.update(status="expired")
    Product.objects.update(reserved=0)

    assert recording.record(attempt, APPROVED) == "approved"

    product = Product.objects.get()
    assert (Order.objects.get().status, product.on_hand, product.reserved) == ("paid", 9, 0)
    assert not Refund.objects.exists()


def test_money_after_the_reservation_goes_back_when_others_bought_it() -> None:
    attempt = _claimed()
    Order.objects.update(status="expired")
    Product.objects.update(reserved=0, on_hand=0)

    assert recording.record(attempt, APPROVED) == "error"

    assert (Order.objects.get().status, Refund.objects.get().amount_minor) == ("expired", 4186)


def test_a_second_approval_is_no_second_payment() -> None:
    first = _claimed()
    recording.record(first, APPROVED)
    PaymentAttempt.objects.filter(pk=first.pk).update(state="declined")
    second = PaymentAttempt.objects.get()
    second.pk, second.idempotency_key, second.state = None, "key-2", "due"
    second.charged_minor, second.provider_reference = 0, ""
    second.save()
    PaymentAttempt.objects.filter(pk=first.pk).update(state="approved")

    claimed = claim(second.pk or 0)
    assert claimed is not None

    assert recording.record(claimed, Answer(is_approved=True, reference="ch_2")) == "error"
    assert Refund.objects.get().attempt == claimed
    assert PaymentAttempt.objects.get(pk=first.pk).state == "approved"


def test_five_tries_then_a_person(edge: Edge, settings: Settings) -> None:
    settings.PAYMENT_MAX_TRIES = 5
    attempt = make_attempt()
    edge.script = [answer(500, {})] * 6

    for _ in range(6):
        charging.charge(attempt.pk)
        PaymentAttempt.objects.update(next_attempt_at=attempt.next_attempt_at)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries, attempt.failure_code) == ("review", 5, "too_many_tries")
    assert Order.objects.get().is_in_review
    assert len(edge.asked) == 5
    assert kinds_of(attempt.order) == ["placed", "charging", *["no_answer"] * 4, "review"]


def test_a_worker_that_dies_every_time_ends_with_a_person(edge: Edge) -> None:
    past = timezone.now() - timedelta(seconds=1)
    attempt = make_attempt(state="charging", lease_id=uuid.uuid4(), lease_until=past, tries=5)

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries) == ("review", 5)
    assert edge.asked == []
    assert kinds_of(attempt.order) == ["placed", "review"]


@pytest.mark.parametrize(("asked_for", "seconds"), [(0, 2), (60, 60), (10_000, 300)])
def test_the_provider_may_ask_for_patience(asked_for: float, seconds: float) -> None:
    attempt = _claimed()

    recording.record(attempt, TryAgain("?", may_have_charged=False, retry_after_seconds=asked_for))

    waits = PaymentAttempt.objects.get().next_attempt_at - timezone.now()
    assert waits.total_seconds() == pytest.approx(seconds, abs=0.6)
