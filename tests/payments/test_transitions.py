import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from payments.models import PaymentAttempt
from payments.transitions import NEXT, State, move
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db

LEASE = {"lease_id": uuid.UUID(int=5), "lease_until": timezone.now()}


@pytest.mark.parametrize("source", list(State))
@pytest.mark.parametrize("target", list(State))
def test_goes_only_where_it_may(source: State, target: State) -> None:
    attempt = make_attempt(state=source, **LEASE)

    moved = move(
        PaymentAttempt.objects.filter(pk=attempt.pk),
        to=target,
        changes=LEASE if target == State.CHARGING else {},
    )

    attempt.refresh_from_db()
    assert moved == (target in NEXT.get(source, ()))
    assert attempt.state == (target if moved else source)


def test_the_database_refuses_a_second_live_attempt() -> None:
    attempt = make_attempt(state="unknown")
    attempt.pk, attempt.idempotency_key, attempt.state = None, "key-2", "due"

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.save()


def test_the_database_refuses_a_second_approved_attempt() -> None:
    attempt = make_attempt(state="approved")
    attempt.pk, attempt.idempotency_key = None, "key-2"

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.save()


def test_the_database_refuses_a_key_used_before() -> None:
    attempt = make_attempt(state="declined")
    attempt.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt.save()


def test_the_database_refuses_charging_without_a_lease() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_attempt(state="charging", lease_id=None)
