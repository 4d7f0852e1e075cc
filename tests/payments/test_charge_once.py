"""One charge at the provider is one payment here: the database holds that, and a person looks at the rest."""

import pytest
from django.db import IntegrityError, transaction

from orders.models import Order
from payments import charging, reviewing
from payments.models import PaymentAttempt, ProviderEvent
from payments.webhooks import heeding
from tests.payments.edge import Edge, listing
from tests.payments.making import charge_of, kinds_of, make_attempt, make_reviewed
from tests.payments.telling import charge_event, tell
from tests.payments.test_reviewing import ACT
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

CHARGED = {"charged_minor": 4186, "provider_reference": "ch_yes"}


def _stand_of(attempt: PaymentAttempt) -> tuple[str, str, str, int, str, bool]:
    same = PaymentAttempt.objects.select_related("order").get(pk=attempt.pk)
    payment = (same.state, same.failure_code, same.provider_reference, same.charged_minor)
    return (*payment, same.order.status, same.order.is_in_review)


LEFT_TO_STAFF = ("review", "charged_something_else", "ch_yes", 0, "placed", True)


def test_the_database_takes_no_charge_twice() -> None:
    make_attempt(state="error", **CHARGED)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_attempt(state="error", **CHARGED)


@pytest.mark.parametrize("changes", [{"charged_minor": 0}, {"provider_reference": ""}])
def test_it_takes_what_was_not_charged_or_has_no_name(changes: dict[str, object]) -> None:
    for _ in range(2):
        make_attempt(state="error", **{**CHARGED, **changes})

    assert PaymentAttempt.objects.count() == 2


def test_an_approval_by_another_payments_charge_goes_to_a_person(edge: Edge) -> None:
    charging.charge(make_attempt().pk)
    second = make_attempt()

    charging.charge(second.pk)

    assert (len(edge.asked), _stand_of(second)) == (2, LEFT_TO_STAFF)
    assert kinds_of(second.order) == ["placed", "charging", "review"]
    assert Product.objects.get(pk=second.order.lines.get().product_id).reserved == 1


def test_neither_does_an_event_book_it(edge: Edge) -> None:
    make_attempt(state="error", **CHARGED)
    second = make_reviewed()
    edge.lookups = [listing(charge_of(second, id="ch_yes"))]
    tell(charge_event(second, about="ch_new"))

    heeding.heed(ProviderEvent.objects.get().pk)

    assert _stand_of(second) == LEFT_TO_STAFF
    assert (ProviderEvent.objects.get().state, ProviderEvent.objects.get().outcome) == ("done", "in_review")


def test_staff_are_told_so(edge: Edge) -> None:
    make_attempt(state="error", **CHARGED)
    second = make_reviewed()
    edge.lookups = [listing(charge_of(second, id="ch_yes"))]

    said = reviewing.look_up(second.pk, ACT)

    assert said == "Its charge is another payment's, too. The payment stays in review."
    assert _stand_of(second) == LEFT_TO_STAFF
    assert Order.objects.filter(status="paid").count() == 0
