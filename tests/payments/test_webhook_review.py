"""What the provider tells about a payment in review: its word ends it, and keeps the staff from nothing."""

import pytest
from django.db.models import F
from django.utils import timezone

from orders import outcomes
from orders.models import Order
from payments.claiming import REST, claim_rested
from payments.models import PaymentAttempt
from tests.payments.edge import Answer, Edge, answer, listing
from tests.payments.making import make_attempt, rested_at
from tests.payments.telling import charge_event, charge_of, outcome_of, tell
from tests.payments.test_webhook_truth import heed, standing

pytestmark = pytest.mark.django_db


def _in_review(code: str) -> PaymentAttempt:
    attempt = make_attempt(state="review", tries=5, asked_count=5, asked_at=timezone.now(), failure_code=code)
    outcomes.put_in_review(attempt.order_id)
    return attempt


def test_a_review_for_want_of_an_answer_ends_with_the_payment(edge: Edge) -> None:
    attempt = _in_review("too_many_tries")
    edge.lookups = [listing(charge_of(attempt))]
    event = charge_event(attempt)
    tell(event)
    heed()

    order = Order.objects.get()
    assert (outcome_of(event), standing()) == (("done", "paid"), ("paid", 0, 4186, 0))
    assert (order.is_in_review, PaymentAttempt.objects.get().state, edge.asked) == (False, "approved", [])


@pytest.mark.parametrize("charges", [[], ["failed"]], ids=str)
def test_a_review_stays_where_the_api_says_anything_else(edge: Edge, charges: list[str]) -> None:
    attempt = _in_review("too_many_tries")
    shown = [charge_of(attempt, id=f"ch_{index}", status=told) for index, told in enumerate(charges)]
    edge.lookups = [listing(*shown)]
    event = charge_event(attempt)
    tell(event)
    heed()

    assert (outcome_of(event), standing()) == (("done", "in_review"), ("placed", 1, 0, 0))
    same = PaymentAttempt.objects.get()
    assert (Order.objects.get().is_in_review, same.state, same.failure_code) == (
        True,
        "review",
        "too_many_tries",
    )


def test_a_review_for_a_contradiction_is_the_staffs(edge: Edge) -> None:
    event = charge_event(_in_review("charged_something_else"))
    tell(event)
    heed()

    assert (outcome_of(event), edge.looked_up) == (("done", "in_review"), [])
    assert PaymentAttempt.objects.get().state == "review"


def test_a_review_for_want_of_an_answer_becomes_one_for_a_contradiction(edge: Edge) -> None:
    attempt = _in_review("too_many_tries")
    edge.lookups = [listing(charge_of(attempt, amount=1))]
    tell(charge_event(attempt))
    heed()

    same = PaymentAttempt.objects.get()
    assert (same.state, same.failure_code, same.provider_reference) == (
        "review",
        "charged_something_else",
        "ch_yes",
    )


def test_a_review_waits_for_a_provider_that_is_away(edge: Edge) -> None:
    attempt = _in_review("too_many_tries")
    edge.lookups = [answer(503, {}), listing(charge_of(attempt))]
    event = charge_event(attempt)
    tell(event)

    heed()
    assert (outcome_of(event)[0], PaymentAttempt.objects.get().state) == ("waiting", "review")

    heed()
    assert (outcome_of(event), standing()) == (("done", "paid"), ("paid", 0, 4186, 0))


@pytest.mark.parametrize("told", [answer(503, {}), listing()])
def test_looking_keeps_nobody_from_a_review(edge: Edge, told: Answer) -> None:
    attempt = _in_review("too_many_tries")
    PaymentAttempt.objects.update(updated_at=rested_at())
    edge.lookups = [told]
    tell(charge_event(attempt))

    heed()

    assert claim_rested(attempt.pk) is not None


def test_a_review_that_must_rest_does_so_all_the_same(edge: Edge) -> None:
    attempt = _in_review("too_many_tries")
    edge.lookups = [answer(503, {})]
    tell(charge_event(attempt))

    heed()

    assert claim_rested(attempt.pk) is None
    PaymentAttempt.objects.update(updated_at=F("updated_at") - REST)
    assert claim_rested(attempt.pk) is not None
