"""Whoever changes order, stock and attempt does it in this order, so that nobody waits in a ring."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from orders.models import Order
from payments import recording
from payments.claiming import LeaseLost, claim
from payments.exchange import NeverAgain, TryAgain
from payments.models import PaymentAttempt
from payments.provider import Answer
from tests.e2e.evidence import eventually
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db(transaction=True)

APPROVED = Answer(is_approved=True, reference="ch_yes")


def _claimed(*, tries: int = 0) -> PaymentAttempt:
    attempt = claim(make_attempt(tries=tries).pk)
    assert attempt is not None
    return attempt


def _closing_connections(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connections.close_all()


def _against(work: Callable[[], object]) -> object:
    """Return what `work` comes to while another transaction changes first the order, then the attempt."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Order.objects.update(is_in_review=True, email="other@example.com")
            other = pool.submit(_closing_connections, work)
            eventually(_somebody_waits, seconds=2)
            assert PaymentAttempt.objects.update(lease_id=uuid.uuid4()) == 1
        return other.result(10)


def _somebody_waits() -> bool:
    if connection.vendor != "postgresql":
        # SQLite lets one writer in at a time: the other has nothing yet, whatever it wants first.
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        [waiting_count] = cursor.fetchone()
    return bool(waiting_count)


@pytest.mark.parametrize(
    ("result", "tries"), [(APPROVED, 0), (NeverAgain("refused"), 0), (TryAgain("?"), 4)], ids=str
)
def test_recording_waits_for_the_order_empty_handed(
    result: Answer | TryAgain | NeverAgain, tries: int
) -> None:
    attempt = _claimed(tries=tries)

    with pytest.raises(LeaseLost):
        _against(lambda: recording.record(attempt, result))


def test_telling_of_a_charge_waits_for_the_order_empty_handed() -> None:
    attempt = _claimed()

    with pytest.raises(LeaseLost):
        _against(lambda: recording.note_charging(attempt))


def test_giving_up_waits_for_the_order_empty_handed() -> None:
    past = timezone.now() - timedelta(seconds=1)
    attempt = make_attempt(state="charging", lease_id=uuid.uuid4(), lease_until=past, tries=5)

    assert _against(lambda: recording.give_up_exhausted(attempt.pk)) is True
