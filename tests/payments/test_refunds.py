"""Money goes back once, by worker and sweep as charges do, and never more than was charged."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from opentelemetry.trace import format_trace_id

from orders.models import Order
from payments import charging, claiming, giving_back, refund_recording, refunding, sweeping
from payments.claiming import LeaseLost
from payments.giving_back import NotEnoughLeft, Wish
from payments.models import PaymentAttempt, Refund
from payments.provider_refunds import Refunded
from payments.starting import give_back
from payments.tasks import refund as refund_task
from payments.tasks import sweep
from payments.transitions import NEXT_OF_REFUND, RefundState, move
from tests.payments.at_once import all_at_once
from tests.payments.broker import Broker
from tests.payments.edge import Edge, answer, hang_up, listing, replayed
from tests.payments.making import kinds_of, make_attempt
from tests.recording import Telemetry
from webstore.telemetry import tracing

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - claiming.KEY_LIFE
LEASE: dict[str, Any] = {"lease_id": uuid.UUID(int=5), "lease_until": timezone.now()}


def wish_of(amount_minor: int = 4186) -> Wish:
    return Wish(amount_minor, "It broke.", key=uuid.uuid4().hex, asked_by="ann")


@pytest.fixture
def paid(edge: Edge) -> PaymentAttempt:
    """A charge of $41.86."""
    attempt = make_attempt()
    charging.charge(attempt.pk)
    edge.asked.clear()
    return PaymentAttempt.objects.get()


def _begun(paid: PaymentAttempt, amount_minor: int = 4186, **fields: Any) -> Refund:
    begun = give_back(paid.pk, wish_of(amount_minor))
    assert begun is not None
    Refund.objects.filter(pk=begun.pk).update(**{"updated_at": timezone.now(), **fields})
    return Refund.objects.get(pk=begun.pk)


def _money() -> tuple[str, int, int]:
    """Return how the order stands, what went back, and what went back or shall."""
    order, attempt = Order.objects.get(), PaymentAttempt.objects.get()
    return order.status, order.refunded_minor, attempt.refunded_minor


def test_a_whole_refund(paid: PaymentAttempt, edge: Edge, broker: Broker) -> None:
    broker.empty()
    refund = _begun(paid)
    assert (_money(), len(broker.messages("payments"))) == (("paid", 0, 4186), 1)

    refunding.refund(refund.pk)

    refund.refresh_from_db()
    assert (refund.state, refund.provider_reference, refund.lease_id) == ("succeeded", "re_yes", None)
    assert _money() == ("refunded", 4186, 4186)
    assert kinds_of(paid.order)[-2:] == ["refunding", "refunded"]
    assert edge.keys == [refund.idempotency_key]
    reference = f"{paid.order.number}-R{refund.pk}"
    assert edge.asked[0].payload == {"charge": "ch_yes", "amount": 4186, "reference": reference}


def test_parts_add_up(paid: PaymentAttempt) -> None:
    for amount_minor, stand in [(1000, "partly_refunded"), (3186, "refunded")]:
        refunding.refund(_begun(paid, amount_minor).pk)
        assert Order.objects.get().status == stand

    assert _money() == ("refunded", 4186, 4186)


@pytest.mark.parametrize(("first", "then"), [(1, 4186), (4186, 1), (4000, 187)])
def test_never_more_than_was_charged(paid: PaymentAttempt, first: int, then: int) -> None:
    _begun(paid, first)

    assert give_back(paid.pk, wish_of(then)) is None
    # Before the constraint says so: a worker's transaction goes on.
    with pytest.raises(NotEnoughLeft):
        giving_back.begin(paid.pk, wish_of(then))

    assert (Refund.objects.count(), _money()) == (1, ("paid", 0, first))


@pytest.mark.parametrize("state", ["due", "declined", "error", "review"])
def test_nothing_goes_back_that_was_not_charged(state: str) -> None:
    assert give_back(make_attempt(state=state).pk, wish_of(1)) is None


def test_one_key_refunds_once(paid: PaymentAttempt) -> None:
    wish = wish_of(100)

    assert [give_back(paid.pk, wish) is not None for _ in range(3)] == [True, False, False]

    assert (Refund.objects.count(), _money()) == (1, ("paid", 0, 100))


def test_the_database_counts_too(paid: PaymentAttempt) -> None:
    for broken in ({"refunded_minor": 4187}, {"charged_minor": 4187}, {"refunded_minor": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentAttempt.objects.update(**broken)
    for wrong in ({"refunded_minor": 1}, {"status": "refunded"}, {"status": "partly_refunded"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.update(**wrong)


def test_no_answer_is_asked_for_again_with_the_same_key(paid: PaymentAttempt, edge: Edge) -> None:
    refund = _begun(paid)
    edge.script = [hang_up]
    refunding.refund(refund.pk)
    assert Refund.objects.get().state == "unknown"

    Refund.objects.update(next_attempt_at=LONG_AGO)
    refunding.refund(refund.pk)

    assert (edge.keys, _money()) == ([refund.idempotency_key] * 2, ("refunded", 4186, 4186))


@pytest.mark.parametrize("fields", [{}, {"asked_at": LONG_AGO}], ids=["replayed", "old"])
def test_a_refund_that_is_found_counts(paid: PaymentAttempt, edge: Edge, fields: dict[str, Any]) -> None:
    refund = _begun(paid, **{"state": "unknown", "asked_count": 1, **fields})
    known = {"id": "re_found", "status": "succeeded", "charge": "ch_yes", "amount": 4186}
    mine = {**known, "reference": f"{paid.order.number}-R{refund.pk}"}
    edge.script, edge.lookups = [replayed(500)], [listing({**known, "reference": "other"}, mine)]

    refunding.refund(refund.pk)

    assert (Refund.objects.get().provider_reference, _money()[0]) == ("re_found", "refunded")


@pytest.mark.parametrize(
    ("told", "is_new"),
    [(listing(), True), (listing(running=True), False), (answer(200, {"data": []}), False)],
)
def test_another_key_only_after_a_plain_no(paid: PaymentAttempt, edge: Edge, told: Any, is_new: bool) -> None:
    refund = _begun(paid, state="unknown", asked_count=1)
    edge.script, edge.lookups = [replayed(500)], [told]

    refunding.refund(refund.pk)

    kept = Refund.objects.get()
    assert (kept.idempotency_key != refund.idempotency_key, kept.state) == (
        is_new,
        "due" if is_new else "unknown",
    )


@pytest.mark.parametrize(("script", "code"), [(answer(400, {"error": {"code": "no"}}), "no"), (None, "many")])
def test_what_cannot_be_done_goes_to_a_person(
    paid: PaymentAttempt, edge: Edge, script: Any, code: str
) -> None:
    refund = _begun(paid, tries=0 if script else 4)
    edge.script = [script or hang_up]

    refunding.refund(refund.pk)

    kept = Refund.objects.get()
    assert (kept.state, code in kept.failure_code) == ("review", True)
    assert _money() == ("paid", 0, 4186)


def test_a_worker_that_dies_every_time_ends_with_a_person(paid: PaymentAttempt, edge: Edge) -> None:
    refund = _begun(paid, state="sending", tries=5, **LEASE)

    refunding.refund(refund.pk)

    assert (Refund.objects.get().state, edge.asked) == ("review", [])


def test_the_sweep_rings_for_refunds(paid: PaymentAttempt, broker: Broker) -> None:
    _begun(paid, rung_at=None)
    broker.empty()

    sweep()

    assert [message["headers"]["task"] for message in broker.messages("payments")] == [refund_task.name]
    assert sweeping.sweep(refund_task, Refund) == 0


def test_another_charge_of_the_order_is_not_the_orders_money(paid: PaymentAttempt) -> None:
    PaymentAttempt.objects.update(state="error")
    refunding.refund(_begun(paid).pk)

    assert _money() == ("paid", 0, 4186)


def test_money_that_went_back_uncounted_is_told(
    paid: PaymentAttempt, caplog: pytest.LogCaptureFixture, telemetry: Telemetry
) -> None:
    refund = _begun(paid)
    Order.objects.update(status="refunded", refunded_minor=4186)

    refunding.refund(refund.pk)

    assert Refund.objects.get().state == "succeeded"
    assert f"order {paid.order.number}: 4186 went back that it does not count" in caplog.text
    assert telemetry.count("webstore.miscounts", {"reason": "refunded_uncounted"}) == 1


def test_a_late_refund_is_linked_to_the_checkout(
    paid: PaymentAttempt, edge: Edge, telemetry: Telemetry
) -> None:
    first = "0af7651916cd43dd8448eb211c80319c"
    PaymentAttempt.objects.update(traceparent=f"00-{first}-b7ad6b7169203331-01")
    with tracing.span("POST /admin/refund") as asked:
        refund = _begun(paid)

    refunding.refund(refund.pk)

    [span] = telemetry.spans("process_refund")
    assert span.context is not None
    assert span.context.trace_id == asked.get_span_context().trace_id
    assert [format_trace_id(link.context.trace_id) for link in span.links] == [first]
    assert paid.order.history.latest("pk").trace_id == format_trace_id(span.context.trace_id)


@pytest.mark.parametrize("source", list(RefundState))
@pytest.mark.parametrize("target", list(RefundState))
def test_goes_only_where_it_may(paid: PaymentAttempt, source: RefundState, target: RefundState) -> None:
    refund = _begun(paid, state=source, **LEASE)
    changes = LEASE if target == RefundState.SENDING else {}

    moved = move(Refund.objects.filter(pk=refund.pk), to=target, changes=changes)

    assert moved == (target in NEXT_OF_REFUND.get(source, ()))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_give_back_more(paid: PaymentAttempt) -> None:
    begun = all_at_once([lambda: give_back(paid.pk, wish_of(1000))] * 8)

    assert len([refund for refund in begun if refund]) == 4
    assert _money() == ("paid", 0, 4000)


@pytest.mark.django_db(transaction=True)
def test_two_workers_refund_once(paid: PaymentAttempt, edge: Edge) -> None:
    refund = _begun(paid, 100)

    all_at_once([lambda: refunding.refund(refund.pk)] * 4)

    assert (edge.keys, _money()) == ([refund.idempotency_key], ("partly_refunded", 100, 100))


def test_an_answer_after_the_lease_went_elsewhere_is_dropped(paid: PaymentAttempt, edge: Edge) -> None:
    refund = _begun(paid)
    held = claiming.claim_refund(refund.pk)
    assert held is not None
    later = timezone.now() + timedelta(seconds=9)
    Refund.objects.update(lease_id=uuid.uuid4(), lease_until=later)

    with pytest.raises(LeaseLost):
        refund_recording.record(held, Refunded("re_1"))

    assert (Refund.objects.get().state, _money()) == ("sending", ("paid", 0, 4186))
