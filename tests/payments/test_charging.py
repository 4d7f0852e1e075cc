import pytest
from opentelemetry.trace import SpanKind, StatusCode
from pytest_django import Settings

from orders.models import Order
from payments import charging
from payments.models import PaymentAttempt
from tests.payments.edge import Answer, Edge, answer, decline, hang
from tests.payments.making import kinds_of, make_attempt
from tests.recording import Telemetry
from webstore.catalog.models import Product
from webstore.telemetry import tracing

pytestmark = pytest.mark.django_db

SERIES = {"country": "US", "payment_method": "card"}


def test_an_approval_pays_the_order(edge: Edge) -> None:
    attempt = make_attempt()

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    order = Order.objects.get(pk=attempt.order_id)
    product = Product.objects.get()
    assert (attempt.state, attempt.provider_reference, attempt.tries) == ("approved", "ch_yes", 1)
    assert (attempt.lease_id, attempt.lease_until) == (None, None)
    assert order.status == "paid"
    assert (product.on_hand, product.reserved) == (9, 0)
    assert kinds_of(order) == ["placed", "charging", "paid"]


def test_asks_for_what_the_customer_confirmed(edge: Edge) -> None:
    attempt = make_attempt()

    charging.charge(attempt.pk)

    assert edge.keys == [attempt.idempotency_key]
    assert edge.asked[0].payload == {
        "amount": 4186,
        "currency": "usd",
        "source": "tok_approve",
        "reference": attempt.order.number,
    }


def test_a_decline_leaves_the_order_open(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [decline]

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.failure_code) == ("declined", "card_declined")
    assert attempt.order.status == "placed"
    assert kinds_of(attempt.order) == ["placed", "charging", "declined"]
    assert Product.objects.get().reserved == 1


def test_an_earlier_try_stays_unknown_after_a_refused_one(edge: Edge) -> None:
    attempt = make_attempt()
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state="unknown", tries=1, asked_count=1)
    edge.script = [answer(503, {})]

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert attempt.state == "unknown"


@pytest.mark.parametrize(
    ("script", "state"),
    [(answer(500, {}), "unknown"), (answer(429, {}), "due"), (answer(401, {}), "due"), (hang, "unknown")],
)
def test_no_decision_is_waited_for(edge: Edge, settings: Settings, script: Answer, state: str) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.3
    attempt = make_attempt()
    edge.script = [script]

    charging.charge(attempt.pk)

    waiting = PaymentAttempt.objects.get(pk=attempt.pk)
    assert (waiting.state, waiting.tries, waiting.rung_at, waiting.lease_id) == (state, 1, None, None)
    assert waiting.next_attempt_at > attempt.next_attempt_at
    assert kinds_of(attempt.order) == ["placed", "charging", "no_answer"]


def test_a_refusal_goes_to_a_person(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(400, {})]

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    order = Order.objects.get(pk=attempt.order_id)
    assert (attempt.state, attempt.failure_code) == ("review", "http_400")
    assert (order.status, order.is_in_review) == ("placed", True)
    assert kinds_of(order) == ["placed", "charging", "review"]


def test_a_key_that_is_refused_until_it_is_right_needs_nobody(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(401, {})] * 4

    for _ in range(5):
        PaymentAttempt.objects.update(next_attempt_at=attempt.next_attempt_at)
        charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.order.status, attempt.order.is_in_review) == ("approved", "paid", False)


def test_a_key_that_stays_wrong_ends_with_a_person(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(403, {})] * 5

    for _ in range(5):
        PaymentAttempt.objects.update(next_attempt_at=attempt.next_attempt_at)
        charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.failure_code) == ("review", "too_many_tries")


def test_asks_again_with_the_same_key(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(502, {})]

    charging.charge(attempt.pk)
    PaymentAttempt.objects.update(next_attempt_at=attempt.next_attempt_at)
    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert edge.keys == [attempt.idempotency_key] * 2
    assert (attempt.state, attempt.tries) == ("approved", 2)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ([], "approved"),
        ([decline], "declined"),
        ([answer(500, {})], "error"),
        ([answer(401, {})], "error"),
        ([hang], "timeout"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_every_try_is_measured(
    edge: Edge, settings: Settings, telemetry: Telemetry, script: list[Answer], outcome: str
) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.3
    attempt = make_attempt()
    edge.script = script

    charging.charge(attempt.pk)

    paid_count = 1 if outcome == "approved" else 0
    assert telemetry.count("webstore.payment.duration", SERIES | {"outcome": outcome}) == 1
    assert telemetry.count("webstore.order.time_to_paid", {"payment_method": "card"}) == paid_count
    (span,) = telemetry.spans("process_payment")
    assert (span.attributes or {})["outcome"] == outcome


def test_its_spans_continue_the_checkouts_trace(edge: Edge, telemetry: Telemetry) -> None:
    with tracing.span("POST /checkout") as checkout:
        attempt = make_attempt()

    charging.charge(attempt.pk)

    (process,), (call,) = telemetry.spans("process_payment"), telemetry.spans("payment_provider_api")
    assert process.parent is not None
    assert process.parent.span_id == checkout.get_span_context().span_id
    assert (call.parent, call.kind) == (process.context, SpanKind.CLIENT)
    assert dict(process.attributes or {}) == {
        **SERIES,
        "webstore.order.number": attempt.order.number,
        "webstore.payment.try": 1,
        "outcome": "approved",
    }


def test_a_failed_try_is_a_failed_span(edge: Edge, telemetry: Telemetry) -> None:
    attempt = make_attempt()
    edge.script = [answer(500, {})]

    charging.charge(attempt.pk)

    for name in ("process_payment", "payment_provider_api"):
        assert telemetry.spans(name)[0].status.status_code == StatusCode.ERROR


def test_what_is_not_due_leaves_no_trace(edge: Edge, telemetry: Telemetry) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    before = len(telemetry.spans("process_payment"))

    charging.charge(attempt.pk)
    charging.charge(attempt.pk + 1)

    assert len(telemetry.spans("process_payment")) == before
    assert telemetry.count("webstore.payment.duration", SERIES | {"outcome": "error"}) == 0
    assert len(edge.asked) == 1
