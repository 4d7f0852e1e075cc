"""When another key may be used: only where the provider says that it neither has nor makes the charge."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Order
from payments import charging, claiming
from payments.models import PaymentAttempt
from tests.payments.edge import Edge, answer, decline, hang_up, listing, replayed
from tests.payments.making import kinds_of, make_attempt

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - claiming.KEY_LIFE


def _asked_once(**fields: Any) -> PaymentAttempt:
    """Return an attempt that was asked for, without an answer."""
    return make_attempt(
        **{"state": "unknown", "tries": 1, "asked_count": 1, "asked_at": timezone.now()} | fields
    )


def _charge(attempt: PaymentAttempt, **changes: Any) -> dict[str, Any]:
    known = {"id": "ch_found", "status": "succeeded", "amount": 4186, "currency": "usd"}
    return {**known, "reference": attempt.order.number, **changes}


def _states() -> list[str]:
    return list(PaymentAttempt.objects.values_list("state", flat=True))


def test_a_failure_is_first_asked_again_with_the_same_key(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(500, {})]

    charging.charge(attempt.pk)

    assert (_states(), edge.looked_up) == (["unknown"], [])


@pytest.mark.parametrize("fields", [{}, {"asked_at": LONG_AGO}], ids=["replayed", "old"])
def test_a_charge_that_is_found_pays_the_order(edge: Edge, fields: dict[str, Any]) -> None:
    attempt = _asked_once(**fields)
    edge.script, edge.lookups = [replayed(500)], [listing(_charge(attempt))]

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.provider_reference) == ("approved", "ch_found")
    assert Order.objects.get().status == "paid"
    assert edge.looked_up == [f"/v1/charges?reference={attempt.order.number}"]


def test_a_charge_that_failed_is_a_decline(edge: Edge) -> None:
    attempt = _asked_once()
    edge.script, edge.lookups = [replayed(502)], [listing(_charge(attempt, status="failed"))]

    charging.charge(attempt.pk)

    assert (_states(), kinds_of(attempt.order)) == (["declined"], ["placed", "declined"])


@pytest.mark.parametrize("fields", [{}, {"asked_at": LONG_AGO}], ids=["replayed", "old"])
def test_not_charged_and_not_running_begins_anew(edge: Edge, fields: dict[str, Any]) -> None:
    attempt = _asked_once(traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01", **fields)
    edge.script = [replayed(500)]

    charging.charge(attempt.pk)

    ended, begun = PaymentAttempt.objects.order_by("pk")
    assert (ended.state, ended.failure_code, begun.state) == ("error", "not_charged", "due")
    assert begun.idempotency_key != ended.idempotency_key
    assert (begun.tries, begun.asked_count, begun.asked_at, begun.rung_at) == (2, 0, None, None)
    assert begun.traceparent == attempt.traceparent
    assert begun.next_attempt_at > timezone.now()


def test_an_old_key_is_never_sent(edge: Edge) -> None:
    charging.charge(_asked_once(asked_at=LONG_AGO).pk)

    assert (edge.asked, len(edge.looked_up)) == ([], 1)


@pytest.mark.parametrize("seconds", [20, 110])
def test_a_key_about_to_be_old_is_left_alone(edge: Edge, seconds: float) -> None:
    """A look-up right after it was sent could come before the charge."""
    attempt = _asked_once(asked_at=timezone.now() - claiming.KEY_LIFE + timedelta(seconds=seconds))

    charging.charge(attempt.pk)

    assert (edge.asked, edge.looked_up, _states()) == ([], [], ["unknown"])


def test_a_young_key_of_an_old_order_is_sent(edge: Edge) -> None:
    attempt = make_attempt(created_at=LONG_AGO, tries=2)

    charging.charge(attempt.pk)

    assert (edge.keys, edge.looked_up) == ([attempt.idempotency_key], [])


@pytest.mark.parametrize(
    "told",
    [
        listing(running=True),
        listing({"id": "ch_1", "status": "pending"}),
        answer(200, {"data": []}),
        answer(200, {"data": [], "running": False, "has_more": True}),
        answer(200, {"data": [7], "running": False}),
        answer(200, {"running": False}),
        answer(503, {}),
        answer(500, {}),
        hang_up,
    ],
)
def test_anything_but_a_plain_no_keeps_the_key(edge: Edge, told: Any) -> None:
    attempt = _asked_once()
    edge.script, edge.lookups = [replayed(500)], [told]

    charging.charge(attempt.pk)

    kept = PaymentAttempt.objects.get()
    assert (kept.state, kept.idempotency_key) == ("unknown", attempt.idempotency_key)


def test_an_earlier_attempts_charge_is_not_this_ones(edge: Edge) -> None:
    declined = make_attempt()
    edge.script = [decline]
    charging.charge(declined.pk)
    declined.refresh_from_db()
    second = PaymentAttempt.objects.get()
    second.pk, second.idempotency_key, second.state, second.provider_reference = None, "key-2", "unknown", ""
    second.save()
    edge.script = [replayed(500)]
    edge.lookups = [listing(_charge(declined, id="ch_no", status="failed"))]

    charging.charge(second.pk or 0)

    assert _states() == ["declined", "error", "due"]


@pytest.mark.parametrize(
    ("charges", "code"),
    [
        ([{"id": "ch_1"}, {"id": "ch_2"}], "charged_more_than_once"),
        ([{"amount": 1}], "charged_something_else"),
    ],
)
def test_what_should_not_be_there_goes_to_a_person(
    edge: Edge, charges: list[dict[str, Any]], code: str
) -> None:
    attempt = _asked_once()
    edge.script = [replayed(500)]
    edge.lookups = [listing(*(_charge(attempt, **changes) for changes in charges))]

    charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.failure_code) == ("review", code)


def test_new_keys_bring_no_new_tries(edge: Edge) -> None:
    make_attempt()
    edge.script = [answer(500, {}), replayed(500)] * 3

    for _ in range(8):
        due = PaymentAttempt.objects.latest("pk")
        PaymentAttempt.objects.filter(pk=due.pk).update(next_attempt_at=LONG_AGO)
        charging.charge(due.pk)

    assert (_states(), len(edge.asked)) == (["error", "error", "review"], 5)
    assert Order.objects.get().is_in_review


def test_a_key_that_stored_nothing_is_as_good_as_new(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [answer(503, {}), answer(429, {})]

    for _ in range(2):
        PaymentAttempt.objects.update(next_attempt_at=LONG_AGO)
        charging.charge(attempt.pk)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries, attempt.asked_count, attempt.asked_at) == ("due", 2, 0, None)
