"""A worker that stands still right after it took a payment, for so long that another one takes it over."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from payments import charging, recording
from payments.claiming import claim
from payments.models import PaymentAttempt
from tests.payments.edge import Edge, hang_up
from tests.payments.making import kinds_of, make_attempt

pytestmark = pytest.mark.django_db


def _charge_and_stall(attempt_id: int, *, meanwhile: Callable[[], None]) -> None:
    """Let a worker charge that stands still once it knows that the payment is its own."""
    stalls = iter([meanwhile])

    def stall(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        result = execute(sql, *others)
        if sql.startswith("SELECT") and '"payments_paymentattempt"."lease_id" = ' in sql:
            next(stalls, lambda: None)()
        return result

    with connection.execute_wrapper(stall):
        charging.charge(attempt_id)


def _taken_over(attempt: PaymentAttempt) -> Callable[[], None]:
    def take_over() -> None:
        PaymentAttempt.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        charging.charge(attempt.pk)

    return take_over


def test_writes_nothing_after_the_other_one_paid(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    attempt = make_attempt()

    with caplog.at_level(logging.WARNING):
        _charge_and_stall(attempt.pk, meanwhile=_taken_over(attempt))

    attempt.refresh_from_db()
    assert (attempt.state, kinds_of(attempt.order)) == ("approved", ["placed", "paid"])
    assert len(edge.asked) == 1
    assert f"order {attempt.order.number}: the lease was lost, nothing is written down" in caplog.messages


def test_disturbs_nobody_who_waits_for_another_answer(edge: Edge) -> None:
    attempt = make_attempt()
    edge.script = [hang_up]

    _charge_and_stall(attempt.pk, meanwhile=_taken_over(attempt))

    attempt.refresh_from_db()
    assert (attempt.state, attempt.tries, kinds_of(attempt.order)) == ("unknown", 2, ["placed", "no_answer"])
    assert len(edge.asked) == 1


def test_who_tells_of_charging_keeps_the_lease() -> None:
    taken = claim(make_attempt().pk)
    assert taken is not None

    recording.note_charging(taken)

    same = PaymentAttempt.objects.get()
    assert (same.state, same.lease_id, same.lease_until) == ("charging", taken.lease_id, taken.lease_until)
    assert kinds_of(taken.order) == ["placed", "charging"]
