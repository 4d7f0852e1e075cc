"""Staff end what the provider told of and nothing matches: they have seen to that charge there."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from payments import due
from payments.acting import Act
from payments.event_settling import settle
from payments.models import ProviderEvent
from payments.webhooks import heeding, keeping
from tests.payments.edge import Edge, answer
from tests.payments.making import make_attempt
from tests.payments.telling import charge_event, charge_of, event_of, tell

pytestmark = pytest.mark.django_db

LIST = "/admin/payments/providerevent/"
WHY = "Given back there, they ordered by phone."


@pytest.fixture
def stray(edge: Edge) -> ProviderEvent:
    """A charge of another amount than its order's."""
    attempt = make_attempt(state="declined")
    edge.lookups = [answer(200, charge_of(attempt, amount=1))]
    tell(charge_event(attempt))
    event = ProviderEvent.objects.get()
    heeding.heed(event.pk)
    return ProviderEvent.objects.get()


def _page(event: ProviderEvent) -> str:
    return f"{LIST}{event.pk}/settle/"


def _settled(client: Client, event: ProviderEvent, why: str = WHY) -> Any:
    return client.post(_page(event), {"reason": why}, follow=True)


def _stand(event: ProviderEvent) -> tuple[str, str, str]:
    event.refresh_from_db()
    return event.state, event.settled_by, event.settled_why


def test_the_list_leads_there(admin_client: Client, stray: ProviderEvent) -> None:
    html = admin_client.get(LIST).content.decode()

    assert f'<a href="{_page(stray)}">Settle by hand</a>' in html
    assert "ch_yes: charged something else." in admin_client.get(_page(stray)).content.decode()


def test_it_ends_with_who_and_why(admin_client: Client, stray: ProviderEvent) -> None:
    answer = _settled(admin_client, stray)

    assert "It is settled." in answer.content.decode()
    assert _stand(stray) == ("settled", "admin", WHY)
    assert stray.outcome == "charged_something_else"
    assert due.in_review_count() == 0
    assert "ch_yes" not in answer.content.decode().partition("result_list")[2]


def test_the_whole_list_tells_who_and_why(admin_client: Client, stray: ProviderEvent) -> None:
    _settled(admin_client, stray)

    html = admin_client.get(LIST, {"needs": "all"}).content.decode()

    assert f"charged something else – settled by admin: {WHY}" in html
    assert _page(stray) not in html


def test_it_happens_once(admin_client: Client, stray: ProviderEvent) -> None:
    _settled(admin_client, stray)

    answer = _settled(admin_client, stray, "Once more.")

    assert "Nothing was done: it no longer needs anybody." in answer.content.decode()
    assert (settle(stray.pk, Act("bob", "I too.")), _stand(stray)) == (False, ("settled", "admin", WHY))


def test_without_a_reason_nothing_ends(admin_client: Client, stray: ProviderEvent) -> None:
    assert _settled(admin_client, stray, "").status_code == 422

    assert _stand(stray) == ("staff", "", "")


@pytest.mark.parametrize("kind", ["refund.created", "charge.succeeded"])
def test_only_charges_that_nothing_matches_are_settled(admin_client: Client, kind: str) -> None:
    tell(event_of(kind, {"id": "x_1", "reference": "nobody's"}))
    event = ProviderEvent.objects.get()
    before = _stand(event)

    assert "it no longer needs anybody" in _settled(admin_client, event).content.decode()

    assert (before[0] in ("staff", "waiting"), _stand(event)) == (True, before)
    assert settle(event.pk, Act("ann", WHY)) is False


def test_staff_without_the_permission_do_not(client: Client, stray: ProviderEvent) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_providerevent"))
    client.force_login(clerk)

    assert (_settled(client, stray).status_code, _stand(stray)) == (403, ("staff", "", ""))
    assert "Settle by hand" not in client.get(LIST).content.decode()


def test_strangers_are_sent_to_the_login(client: Client, stray: ProviderEvent) -> None:
    assert client.post(_page(stray), {"reason": WHY}).status_code == 302

    assert _stand(stray) == ("staff", "", "")


def test_it_is_kept_for_ever(admin_client: Client, stray: ProviderEvent) -> None:
    _settled(admin_client, stray)
    ProviderEvent.objects.update(created_at="2000-01-01T00:00Z")

    assert keeping.forget_old() == 0
