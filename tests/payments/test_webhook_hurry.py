"""An event makes whoever waits for an answer ask now, once, and disturbs nobody who works or is done."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.test import Client
from django.utils import timezone

from payments import charging, refunding
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.starting import give_back
from payments.tasks import sweep
from payments.webhooks import heeding
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker
from tests.payments.edge import Edge, hang_up
from tests.payments.making import kinds_of, make_attempt
from tests.payments.telling import charge_event, event_of, outcome_of, tell
from tests.payments.test_refunds import wish_of
from tests.recording import Telemetry
from webstore.telemetry import propagation

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(minutes=5)
LEASE: dict[str, Any] = {"lease_id": uuid.UUID(int=5), "lease_until": LATER}
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KINDS = ["charge.succeeded", "charge.failed"]


def _unanswered(**fields: Any) -> PaymentAttempt:
    """Return an attempt that was charged, perhaps, and is asked for again in five minutes."""
    asked = {"tries": 1, "asked_count": 1, "asked_at": timezone.now(), "next_attempt_at": LATER}
    return make_attempt(state="unknown", **{**asked, **fields})


def _messages(broker: Broker) -> list[tuple[str, str]]:
    """Return task and arguments of what was published."""
    headers = [message["headers"] for message in broker.messages("payments")]
    return [(told["task"].rpartition(".")[2], told["argsrepr"]) for told in headers]


def _make_due() -> int:
    """Let the one event's time come; return its id."""
    ProviderEvent.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    return ProviderEvent.objects.get().pk


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_answer_is_asked_for_now(broker: Broker, kind: str) -> None:
    attempt = _unanswered()
    broker.empty()

    assert tell(charge_event(attempt, kind=kind)) == 200

    attempt.refresh_from_db()
    assert (attempt.state, attempt.next_attempt_at <= timezone.now()) == ("unknown", True)
    assert _messages(broker) == [("charge", f"({attempt.pk},)")]


def test_the_worker_then_hears_what_is_true(edge: Edge) -> None:
    attempt = _unanswered()
    event = charge_event(attempt)
    tell(event)

    charging.charge(attempt.pk)
    heeding.heed(_make_due())

    attempt.refresh_from_db()
    assert (attempt.state, attempt.order.status, outcome_of(event)) == ("approved", "paid", ("done", "known"))
    assert edge.keys == [attempt.idempotency_key]


def test_ten_times_is_once(broker: Broker) -> None:
    attempt = _unanswered()
    event = charge_event(attempt)
    broker.empty()

    assert [tell(event) for _ in range(10)] == [200] * 10

    assert (len(broker.messages("payments")), ProviderEvent.objects.count()) == (1, 1)


def test_a_repeat_does_not_make_it_due_again() -> None:
    attempt = _unanswered()
    event = charge_event(attempt)
    tell(event)
    PaymentAttempt.objects.update(next_attempt_at=LATER)

    tell(event)

    assert PaymentAttempt.objects.get().next_attempt_at == LATER


def test_it_rings_in_the_orders_own_trace(telemetry: Telemetry) -> None:
    attempt = _unanswered(traceparent=TRACEPARENT)
    published: list[str] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        published.append(propagation.current_trace_id())

    before_task_publish.connect(note, weak=False)
    tell(charge_event(attempt))
    before_task_publish.disconnect(note)

    assert published == [TRACEPARENT.split("-")[1]]


def test_a_worker_at_it_is_left_alone(broker: Broker) -> None:
    attempt = make_attempt(state="charging", next_attempt_at=LATER, **LEASE)
    broker.empty()
    event = charge_event(attempt)

    assert tell(event) == 200

    same = PaymentAttempt.objects.get()
    assert (same.state, same.lease_id, same.next_attempt_at) == ("charging", LEASE["lease_id"], LATER)
    assert (outcome_of(event), broker.messages("payments")) == (("waiting", ""), [])


def test_when_that_worker_hears_nothing_the_sweep_rings_at_once(broker: Broker, edge: Edge) -> None:
    attempt = make_attempt(state="charging", next_attempt_at=LATER, **LEASE)
    tell(charge_event(attempt))
    PaymentAttempt.objects.update(state="unknown", lease_id=None, lease_until=None)

    heeding.heed(_make_due())
    broker.empty()
    sweep()

    assert _messages(broker) == [("charge", f"({attempt.pk},)")]
    assert ProviderEvent.objects.get().nudged_at is not None


def test_one_event_hurries_once_while_the_provider_is_away(edge: Edge) -> None:
    attempt = _unanswered()
    edge.script = [hang_up]
    tell(charge_event(attempt))
    charging.charge(attempt.pk)
    waits_until = PaymentAttempt.objects.get().next_attempt_at

    heeding.heed(_make_due())

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries, attempt.next_attempt_at) == ("unknown", 2, waits_until)
    assert ProviderEvent.objects.get().next_attempt_at > timezone.now() + timedelta(seconds=3)


def test_what_is_known_needs_nothing(edge: Edge, broker: Broker) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    before, kinds = PaymentAttempt.objects.values().get(), kinds_of(attempt.order)
    broker.empty()
    event = charge_event(attempt)

    assert tell(event) == 200

    assert (PaymentAttempt.objects.values().get(), kinds_of(attempt.order)) == (before, kinds)
    assert (outcome_of(event), broker.messages("payments")) == (("done", "known"), [])


@pytest.mark.parametrize("state", ["due", "declined", "error", "cancelled", "review", "approved"])
def test_a_failed_charge_disturbs_nobody(broker: Broker, state: str) -> None:
    attempt = make_attempt(state=state, next_attempt_at=LATER)
    broker.empty()
    event = charge_event(attempt, kind="charge.failed", about="ch_no")

    assert tell(event) == 200

    assert (outcome_of(event), broker.messages("payments")) == (("done", "nothing_charged"), [])
    assert PaymentAttempt.objects.get().next_attempt_at == LATER


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_row_and_one_ring(broker: Broker) -> None:
    attempt = _unanswered()
    event = charge_event(attempt)
    broker.empty()

    answers = all_at_once([lambda: tell(event, client=Client())] * 20)

    assert answers == [200] * 20
    assert ProviderEvent.objects.count() == 1
    assert _messages(broker) == [("charge", f"({attempt.pk},)")]


@pytest.fixture
def refund(edge: Edge) -> Refund:
    """A refund whose answer got lost."""
    attempt = make_attempt()
    charging.charge(attempt.pk)
    begun = give_back(attempt.pk, wish_of())
    assert begun is not None
    edge.script = [hang_up]
    refunding.refund(begun.pk)
    Refund.objects.update(next_attempt_at=LATER)
    return Refund.objects.get()


def _refund_event(refund: Refund, *, about: str = "re_yes", **changes: Any) -> dict[str, Any]:
    reference = f"{refund.attempt.order.number}-R{refund.pk}"
    return event_of("refund.created", {"id": about, "charge": "ch_yes", "reference": reference} | changes)


def test_a_refund_without_an_answer_is_asked_for_now(refund: Refund, broker: Broker) -> None:
    broker.empty()

    assert tell(_refund_event(refund)) == 200

    assert Refund.objects.get().next_attempt_at <= timezone.now()
    assert _messages(broker) == [("refund", f"({refund.pk},)")]


def test_a_refund_in_review_for_want_of_an_answer_is_asked_for_again(refund: Refund, edge: Edge) -> None:
    Refund.objects.update(state="review", tries=5, failure_code="too_many_tries")
    event = _refund_event(refund)

    tell(event)
    refunding.refund(refund.pk)
    heeding.heed(_make_due())

    assert (Refund.objects.get().state, outcome_of(event)) == ("succeeded", ("done", "known"))


def test_one_event_takes_a_refund_out_of_review_once(refund: Refund, broker: Broker) -> None:
    reviewed = {"state": "review", "tries": 5, "failure_code": "too_many_tries"}
    Refund.objects.update(**reviewed)
    event = _refund_event(refund)
    tell(event)
    assert Refund.objects.get().state == "unknown"
    Refund.objects.update(**reviewed)
    broker.empty()

    heeding.heed(_make_due())

    assert (Refund.objects.get().state, Refund.objects.get().tries) == ("review", 5)
    assert (outcome_of(event), broker.messages("payments")) == (("waiting", ""), [])


@pytest.mark.parametrize(
    ("stands", "outcome"),
    [
        ({"state": "succeeded", "provider_reference": "re_yes"}, ("done", "known")),
        ({"state": "succeeded", "provider_reference": "re_other"}, ("staff", "refunded_twice")),
        ({"state": "review", "failure_code": "refund_failed"}, ("done", "in_review")),
        ({"state": "given_up"}, ("staff", "refunded_after_all")),
    ],
)
def test_a_refund_that_is_decided_stays(
    refund: Refund, broker: Broker, stands: dict[str, str], outcome: tuple[str, str]
) -> None:
    Refund.objects.update(**stands)
    broker.empty()
    event = _refund_event(refund)

    tell(event)

    assert (outcome_of(event), broker.messages("payments")) == (outcome, [])
    assert Refund.objects.get().state == stands["state"]


@pytest.mark.parametrize(
    "reference", ["", "{number}", "{number}-R0", "ABCD-2345-R{pk}", "{number}-R{pk}0" + "0" * 20]
)
def test_a_refund_nobody_here_asked_for_is_left_to_staff(refund: Refund, reference: str) -> None:
    named = reference.format(number=refund.attempt.order.number, pk=refund.pk)
    event = _refund_event(refund, reference=named)

    tell(event)

    assert outcome_of(event) == ("staff", "no_such_refund")
    assert Refund.objects.get().next_attempt_at == LATER
