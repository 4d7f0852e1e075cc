from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from payments.claiming import claim
from payments.models import PaymentAttempt
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db


def _lease(*, seconds: float) -> dict[str, Any]:
    until = timezone.now() + timedelta(seconds=seconds)
    return {"state": "charging", "lease_id": "5" * 32, "lease_until": until, "tries": 1}


def test_takes_what_is_due_for_twelve_seconds() -> None:
    attempt = claim(make_attempt().pk)

    assert attempt is not None
    assert (attempt.state, attempt.tries) == ("charging", 1)
    assert attempt.lease_until is not None
    left = attempt.lease_until - timezone.now()
    assert timedelta(seconds=11) < left <= timedelta(seconds=12)


def test_takes_what_got_no_answer() -> None:
    attempt = claim(make_attempt(state="unknown", tries=1).pk)

    assert attempt is not None
    assert attempt.tries == 2


def test_takes_over_when_a_lease_has_run_out() -> None:
    abandoned = make_attempt(**_lease(seconds=-1))

    attempt = claim(abandoned.pk)

    assert attempt is not None
    assert attempt.tries == 2
    assert attempt.lease_id != abandoned.lease_id


@pytest.mark.parametrize("state", ["approved", "declined", "error", "cancelled", "review"])
def test_leaves_what_is_over(state: str) -> None:
    assert claim(make_attempt(state=state).pk) is None


def test_leaves_what_another_holds() -> None:
    held = make_attempt(**_lease(seconds=5))

    assert claim(held.pk) is None
    assert PaymentAttempt.objects.get().lease_id == held.lease_id


def test_leaves_what_is_not_due_yet() -> None:
    later = timezone.now() + timedelta(seconds=2)

    assert claim(make_attempt(next_attempt_at=later).pk) is None


def test_leaves_what_was_tried_often_enough(settings: Settings) -> None:
    settings.PAYMENT_MAX_TRIES = 3

    assert claim(make_attempt(tries=3).pk) is None
    assert claim(make_attempt(tries=2).pk) is not None
