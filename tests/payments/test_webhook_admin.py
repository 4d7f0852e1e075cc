"""Staff read what the provider told, first of all what nobody here can match."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from payments import due
from payments.models import ProviderEvent
from tests.payments.making import make_attempt
from tests.payments.telling import charge_event, event_of, tell

pytestmark = pytest.mark.django_db

LIST = "/admin/payments/providerevent/"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _unmatched() -> None:
    tell(event_of("refund.created", {"id": "re_lost", "reference": "nobody's"}))


def test_what_cannot_be_matched_comes_first(admin_client: Client) -> None:
    _unmatched()
    tell(event_of("payout.paid", {"id": "po_done"}))

    first = admin_client.get(LIST).content.decode()
    everything = admin_client.get(LIST, {"needs": "all"}).content.decode()

    assert ("re_lost" in first, "no such refund" in first, "po_done" in first) == (True, True, False)
    assert ("re_lost" in everything, "po_done" in everything) == (True, True)


def test_it_leads_to_the_order_and_its_trace(admin_client: Client) -> None:
    attempt = make_attempt(state="error", traceparent=TRACEPARENT)
    tell(charge_event(attempt))

    page = admin_client.get(LIST, {"needs": "all"}).content.decode()

    assert f'href="/admin/orders/order/?q={attempt.order.number}"' in page
    assert "/traces/0af7651916cd43dd8448eb211c80319c" in page


def test_nobody_changes_it(admin_client: Client) -> None:
    _unmatched()
    row = ProviderEvent.objects.get()

    answers = [admin_client.post(f"{LIST}{row.pk}/{page}/").status_code for page in ("change", "delete")]

    assert [*answers, admin_client.post(f"{LIST}add/").status_code] == [403, 403, 403]
    assert ProviderEvent.objects.filter(pk=row.pk, state="staff").exists()


def test_it_is_told_of_for_a_day() -> None:
    before = due.in_review_count()
    _unmatched()
    told = due.in_review_count()
    ProviderEvent.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    assert (before, told, due.in_review_count()) == (0, 1, 0)
