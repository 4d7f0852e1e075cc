from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.utils import timezone

from payments import charging, sweeping
from payments.due import in_review_count, oldest_due_seconds
from payments.giving_back import Wish
from payments.models import PaymentAttempt, Refund
from payments.starting import give_back
from payments.tasks import charge
from tests.payments.broker import Broker, publishing_to
from tests.payments.edge import Edge
from tests.payments.making import make_attempt
from tests.recording import Telemetry
from webstore.telemetry import propagation, tracing

pytestmark = pytest.mark.django_db


HELD = {"state": "charging", "lease_id": "5" * 32}


def _at(**seconds: Any) -> dict[str, Any]:
    """Turn numbers into moments so many seconds from now; leave the rest."""
    now = timezone.now()
    return {
        name: now + timedelta(seconds=value) if isinstance(value, int) else value
        for name, value in seconds.items()
    }


def _rung_for(broker: Broker) -> list[str]:
    return [message["headers"]["argsrepr"] for message in broker.messages("payments")]


@pytest.mark.parametrize(
    "fields",
    [
        {"rung_at": None},
        {"rung_at": -11},
        {"rung_at": None, "state": "unknown"},
        HELD | {"rung_at": None, "lease_until": -1},
    ],
)
def test_rings_for_what_is_due(broker: Broker, fields: dict[str, Any]) -> None:
    attempt = make_attempt(**_at(**fields))
    broker.empty()

    assert sweeping.sweep(charge) == 1

    assert _rung_for(broker) == [f"({attempt.pk},)"]
    rung_at = PaymentAttempt.objects.get().rung_at
    assert rung_at is not None
    assert timezone.now() - rung_at < timedelta(seconds=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"rung_at": -5},
        {"rung_at": None, "next_attempt_at": 3},
        HELD | {"rung_at": None, "lease_until": 3},
        {"rung_at": None, "state": "approved"},
        {"rung_at": None, "state": "declined"},
        {"rung_at": None, "state": "review"},
        {"rung_at": None, "state": "cancelled"},
    ],
)
def test_rings_for_nothing_else(broker: Broker, fields: dict[str, Any]) -> None:
    make_attempt(**_at(**fields))
    broker.empty()

    assert sweeping.sweep(charge) == 0
    assert _rung_for(broker) == []


def test_rings_once_in_ten_seconds(broker: Broker) -> None:
    make_attempt(rung_at=None)

    assert [sweeping.sweep(charge) for _ in range(3)] == [1, 0, 0]


def test_rings_for_the_oldest_first(broker: Broker) -> None:
    young, old = make_attempt(**_at(next_attempt_at=-5)), make_attempt(**_at(next_attempt_at=-9))
    PaymentAttempt.objects.update(rung_at=None)
    broker.empty()

    sweeping.sweep(charge)

    assert _rung_for(broker) == [f"({old.pk},)", f"({young.pk},)"]


@pytest.mark.parametrize(("in_queue", "rung_count"), [(0, 100), (70, 30), (120, 10)])
def test_rings_for_no_more_than_workers_take_soon(broker: Broker, in_queue: int, rung_count: int) -> None:
    made = [make_attempt(rung_at=None).pk for _ in range(in_queue + 110)]
    PaymentAttempt.objects.filter(pk__in=made[:in_queue]).update(rung_at=timezone.now())

    assert sweeping.sweep(charge) == rung_count


def test_carries_the_checkouts_trace_on(broker: Broker) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    make_attempt(rung_at=None, traceparent=traceparent)
    heard: list[str] = []

    def note(**_: Any) -> None:
        heard.append(propagation.current_traceparent())

    before_task_publish.connect(note, weak=False)
    with tracing.span("run/payments.tasks.sweep"):
        sweeping.sweep(charge)
    before_task_publish.disconnect(note)

    assert heard == [traceparent]


def test_a_broker_that_is_away_leaves_the_rest_for_later(
    broker: Broker, telemetry: Telemetry, tmp_path: Path
) -> None:
    for _ in range(3):
        make_attempt(rung_at=None)

    with publishing_to(f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0"):
        assert sweeping.sweep(charge) == 0

    assert PaymentAttempt.objects.filter(rung_at=None).count() == 3
    assert telemetry.count("webstore.doorbells.missed", {"task": "payments.tasks.charge"}) == 1


def test_the_oldest_due_is_told_by_its_age() -> None:
    assert oldest_due_seconds() == 0

    make_attempt(**_at(next_attempt_at=-40))
    make_attempt(**_at(next_attempt_at=-90, state="approved"))

    assert oldest_due_seconds() == pytest.approx(40, abs=1)


def test_a_refund_may_be_the_oldest_due(edge: Edge) -> None:
    attempt = make_attempt()
    charging.charge(attempt.pk)
    make_attempt(**_at(next_attempt_at=-40))
    assert give_back(attempt.pk, Wish(4186, "It broke.", key="1", asked_by="ann")) is not None

    Refund.objects.update(**_at(next_attempt_at=-50))

    assert oldest_due_seconds() == pytest.approx(50, abs=1)


def test_payments_in_review_are_counted() -> None:
    make_attempt(state="review")
    make_attempt(state="declined")

    assert in_review_count() == 1
