"""Money nobody here knew of pays its order or goes back, by what the API shows and never by the event."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from orders.models import Order
from payments import charging, closing, refunding
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.paying_again import pay_again
from payments.webhooks import concluding, heeding
from payments.webhooks.looking import Wait
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker
from tests.payments.edge import Answer, Edge, answer, decline
from tests.payments.making import kinds_of, make_attempt
from tests.payments.telling import charge_event, charge_of, event_of, outcome_of, tell
from tests.payments.test_closing import PAYPAL
from tests.recording import Telemetry
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db


def _shown(attempt: PaymentAttempt, **changes: Any) -> Answer:
    """Let the API show the charge."""
    return answer(200, charge_of(attempt, **changes))


def heed() -> None:
    ProviderEvent.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    for row in ProviderEvent.objects.all():
        heeding.heed(row.pk)


def standing() -> tuple[str, int, int, int]:
    """Return how the one order stands, and of its things the reserved, of its money what came and goes."""
    attempts = PaymentAttempt.objects.all()
    charged = sum(each.charged_minor for each in attempts)
    returning = sum(each.refunded_minor for each in attempts)
    return Order.objects.get().status, Product.objects.get().reserved, charged, returning


def _told(attempt: PaymentAttempt, edge: Edge, **changes: Any) -> dict[str, Any]:
    """Tell of a succeeded charge and let a worker look, to whom the API shows it."""
    edge.lookups = [_shown(attempt, **changes)]
    event = charge_event(attempt)
    assert tell(event) == 200
    heed()
    return event


@pytest.mark.parametrize("state", ["error", "declined"])
def test_an_open_order_becomes_paid(edge: Edge, state: str) -> None:
    attempt = make_attempt(state=state)

    event = _told(attempt, edge)

    assert (outcome_of(event), standing()) == (("done", "paid"), ("paid", 0, 4186, 0))
    assert (kinds_of(attempt.order), edge.asked) == (["placed", "paid"], [])
    assert PaymentAttempt.objects.get(state="approved").provider_reference == "ch_yes"


@pytest.mark.django_db(transaction=True)
def test_the_time_until_it_was_paid_is_measured(edge: Edge, telemetry: Telemetry) -> None:
    attempt = make_attempt(state="error")

    _told(attempt, edge)

    assert telemetry.count("webstore.order.time_to_paid", {"payment_method": "card"}) == 1


def test_a_charge_taken_for_failed_becomes_the_payment(edge: Edge) -> None:
    attempt = make_attempt(state="declined", provider_reference="ch_yes")

    assert outcome_of(_told(attempt, edge)) == ("done", "paid")
    assert standing() == ("paid", 0, 4186, 0)


def test_an_order_without_any_attempt_becomes_paid(edge: Edge) -> None:
    attempt = make_attempt()
    PaymentAttempt.objects.all().delete()

    assert outcome_of(_told(attempt, edge)) == ("done", "paid")
    assert standing() == ("paid", 0, 4186, 0)


def test_after_a_cancel_the_money_goes_back(edge: Edge) -> None:
    attempt = make_attempt()
    closing.cancel(attempt.order)

    event = _told(attempt, edge)

    assert (outcome_of(event), standing()) == (("done", "given_back"), ("cancelled", 0, 4186, 4186))
    assert kinds_of(attempt.order) == ["placed", "cancelled", "refunding", "refunding"]
    refunding.refund(Refund.objects.get().pk)
    assert (Refund.objects.get().state, edge.asked[0].payload["charge"]) == ("succeeded", "ch_yes")


@pytest.mark.parametrize(
    ("left", "outcome", "stand"),
    [(10, "paid", ("paid", 0, 4186, 0)), (0, "given_back", ("expired", 0, 4186, 4186))],
)
def test_after_its_time_the_order_is_paid_where_things_are_left(
    edge: Edge, left: int, outcome: str, stand: tuple[Any, ...]
) -> None:
    attempt = make_attempt(state="declined")
    Order.objects.update(reserved_until=timezone.now() - timedelta(seconds=1))
    closing.expire_overdue()
    Product.objects.update(on_hand=left)

    assert (outcome_of(_told(attempt, edge)), standing()) == (("done", outcome), stand)


def test_money_beside_the_payment_goes_back(edge: Edge) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)

    edge.lookups = [_shown(attempt, id="ch_second")]
    event = charge_event(attempt, about="ch_second")
    tell(event)
    heed()

    assert (outcome_of(event), standing()) == (("done", "given_back"), ("paid", 0, 8372, 4186))
    assert Refund.objects.get().attempt.provider_reference == "ch_second"


def test_a_charge_taken_for_declined_pays_in_place_of_the_next(edge: Edge) -> None:
    """The customer tries again, and the first charge turns out to have succeeded: one charge is enough."""
    attempt = make_attempt()
    edge.script = [decline]
    charging.charge(attempt.pk)
    pay_again(attempt.order, PAYPAL, form_token=attempt.order.checkout_token)
    edge.asked.clear()

    event = _told(attempt, edge)
    for each in PaymentAttempt.objects.all():
        charging.charge(each.pk)

    assert (outcome_of(event), standing(), edge.asked) == (("done", "paid"), ("paid", 0, 4186, 0), [])
    assert sorted(PaymentAttempt.objects.values_list("state", flat=True)) == [
        "approved",
        "cancelled",
        "declined",
    ]


def test_ten_events_about_one_charge_book_it_once(edge: Edge) -> None:
    attempt = make_attempt(state="error")
    edge.lookups = [_shown(attempt)] * 10
    for _ in range(10):
        tell(charge_event(attempt))

    heed()

    assert standing() == ("paid", 0, 4186, 0)
    assert PaymentAttempt.objects.filter(charged_minor=4186).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_book_it_once(edge: Edge) -> None:
    attempt = make_attempt(state="error")
    edge.lookups = [_shown(attempt)] * 10
    events = [charge_event(attempt) for _ in range(10)]
    for event in events:
        tell(event)

    rows = list(ProviderEvent.objects.values_list("pk", flat=True))
    all_at_once([partial(heeding.heed, pk) for pk in rows])

    assert standing() == ("paid", 0, 4186, 0)
    assert {outcome_of(event)[0] for event in events} <= {"done", "waiting"}


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({"status": "failed"}, ("done", "nothing_charged")),
        ({"amount": 1}, ("staff", "charged_something_else")),
        ({"currency": "jpy"}, ("staff", "charged_something_else")),
        ({"reference": "ABCD-2345"}, ("staff", "no_such_order")),
        ({"reference": None}, ("staff", "no_such_order")),
        ({"id": "ch_other"}, ("waiting", "")),
        ({"amount": "4186"}, ("waiting", "")),
        ({"status": "pending"}, ("waiting", "")),
    ],
    ids=str,
)
def test_the_event_alone_is_never_believed(
    edge: Edge, shown: dict[str, Any], outcome: tuple[str, str]
) -> None:
    attempt = make_attempt(state="error")

    assert outcome_of(_told(attempt, edge, **shown)) == outcome
    assert standing() == ("placed", 1, 0, 0)


def test_a_charge_the_provider_does_not_know_is_left_to_staff(edge: Edge) -> None:
    attempt = make_attempt(state="error")
    edge.lookups = [answer(404, {})]
    event = charge_event(attempt)
    tell(event)
    heed()

    assert (outcome_of(event), standing()) == (("staff", "no_such_charge"), ("placed", 1, 0, 0))


@pytest.mark.parametrize("reference", ["ABCD-2345", "", None])
def test_the_order_is_found_by_the_api_even_when_the_event_names_none(edge: Edge, reference: Any) -> None:
    attempt = make_attempt(state="error")
    edge.lookups = [_shown(attempt)]

    tell(event_of("charge.succeeded", charge_of(attempt, reference=reference)))
    heed()

    assert standing() == ("paid", 0, 4186, 0)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_provider_that_does_not_answer_is_asked_again_later(edge: Edge, status: int) -> None:
    attempt = make_attempt(state="error")
    event = charge_event(attempt)
    edge.lookups = [answer(status, {}), _shown(attempt)]
    tell(event)

    heed()
    assert outcome_of(event) == ("waiting", "")
    assert ProviderEvent.objects.get().next_attempt_at > timezone.now()

    heed()
    assert outcome_of(event) == ("done", "paid")


def test_what_stays_open_for_a_day_is_left_to_staff(edge: Edge) -> None:
    attempt = make_attempt(state="error")
    event = charge_event(attempt)
    edge.lookups = [answer(503, {})]
    tell(event)
    ProviderEvent.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    heed()

    assert outcome_of(event) == ("staff", "undecided")


def test_a_worker_that_died_looking_is_followed_by_another(edge: Edge, broker: Broker) -> None:
    attempt = make_attempt(state="error")
    edge.lookups = [_shown(attempt)]
    tell(charge_event(attempt))
    row = heeding._claim(ProviderEvent.objects.get().pk)

    assert row is not None
    assert heeding._claim(row.pk) is None
    heed()
    assert standing() == ("paid", 0, 4186, 0)


def test_waits_grow_to_five_minutes() -> None:
    attempt = make_attempt(state="charging", lease_id="0" * 32, lease_until=timezone.now())
    tell(charge_event(attempt))
    event = ProviderEvent.objects.get()
    seconds = []
    for looked_count in (1, 2, 3, 7, 8, 2_000):
        event.looked_count = looked_count
        concluding.conclude(event, Wait())
        wait = ProviderEvent.objects.get().next_attempt_at - timezone.now()
        seconds.append(round(wait.total_seconds()))

    assert seconds == [4, 8, 16, 256, 300, 300]


def test_what_staff_settle_at_the_same_moment_is_theirs(edge: Edge) -> None:
    def settled_just_before(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        if sql.startswith('UPDATE "orders_order"'):
            PaymentAttempt.objects.filter(pk=attempt.pk).update(failure_code="settled_by_hand")
        return execute(sql, *others)

    attempt = make_attempt(state="error")
    closing.cancel(attempt.order)
    edge.lookups = [_shown(attempt)]
    event = charge_event(attempt)
    tell(event)

    with connection.execute_wrapper(settled_just_before):
        heed()

    assert (outcome_of(event), standing()) == (("staff", "settled_by_hand"), ("cancelled", 0, 0, 0))


def test_what_staff_settled_by_hand_is_left_to_them(edge: Edge) -> None:
    attempt = make_attempt(state="error", failure_code="settled_by_hand")
    closing.cancel(attempt.order)

    assert outcome_of(_told(attempt, edge)) == ("staff", "settled_by_hand")
    assert standing() == ("cancelled", 0, 0, 0)
