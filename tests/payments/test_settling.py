"""Staff settle what was charged wrongly: the order is paid once, or cancelled, and all else goes back."""

from typing import Any

import pytest

from orders.models import HistoryEntry, Order
from payments import refunding, settling
from payments.acting import CHANGED_MEANWHILE, Act
from payments.models import PaymentAttempt, Refund
from tests.payments.at_once import all_at_once
from tests.payments.edge import Edge, hang_up, listing
from tests.payments.making import charge_of, kinds_of, make_attempt, make_reviewed
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

ACT = Act("ann", "The customer called.", charge="ch_2")


@pytest.fixture
def reviewed(edge: Edge) -> PaymentAttempt:
    """An order that was charged twice, as `ch_1` and `ch_2`."""
    attempt = make_reviewed("charged_more_than_once", provider_reference="ch_1")
    edge.lookups = [listing(charge_of(attempt, id="ch_1"), charge_of(attempt, id="ch_2"))]
    return attempt


def _stand() -> tuple[str, bool, int]:
    """Return how the order, its review and the reservation stand."""
    order = Order.objects.get()
    return order.status, order.is_in_review, Product.objects.get().reserved


def _charges() -> list[tuple[str, str, int, int]]:
    """Return each attempt's state, charge, what was charged and what goes back."""
    columns = ("state", "provider_reference", "charged_minor", "refunded_minor")
    return list(PaymentAttempt.objects.values_list(*columns))


def test_one_charge_pays_and_the_other_goes_back(reviewed: PaymentAttempt, edge: Edge) -> None:
    assert settling.keep_one(reviewed.pk, ACT) == "The order is paid. Other charges that go back: 1."

    assert _stand() == ("paid", False, 0)
    assert _charges() == [("approved", "ch_2", 4186, 0), ("error", "ch_1", 4186, 4186)]
    refunding.refund(Refund.objects.get().pk)
    assert edge.asked[0].payload["charge"] == "ch_1"
    assert (_stand()[0], Order.objects.get().refunded_minor) == ("paid", 0)
    assert kinds_of(reviewed.order) == ["placed", "review", "paid", "refunding", "refunded"]


def test_everything_goes_back(reviewed: PaymentAttempt, edge: Edge) -> None:
    assert settling.refund_all(reviewed.pk, ACT) == "The order is cancelled. Charges that go back: 2."

    assert _stand() == ("cancelled", False, 0)
    assert _charges() == [("error", "", 0, 0), ("error", "ch_1", 4186, 4186), ("error", "ch_2", 4186, 4186)]
    # As events name them: whichever of the two is later finds the charge written down.
    assert PaymentAttempt.objects.filter(idempotency_key__in=["charge-ch_1", "charge-ch_2"]).count() == 2
    for refund in Refund.objects.all():
        refunding.refund(refund.pk)
    assert [asked.payload["charge"] for asked in edge.asked] == ["ch_1", "ch_2"]
    assert set(Refund.objects.values_list("state", flat=True)) == {"succeeded"}


def test_another_amount_goes_back_whole(edge: Edge) -> None:
    attempt = make_reviewed("charged_something_else", provider_reference="ch_1")
    edge.lookups = [listing(charge_of(attempt, id="ch_1", amount=999_999))]

    settling.refund_all(attempt.pk, ACT)

    assert _charges() == [("error", "", 0, 0), ("error", "ch_1", 999_999, 999_999)]


@pytest.mark.parametrize("charge", ["ch_3", "ch_1", ""])
def test_only_a_charge_over_the_orders_amount_pays(edge: Edge, charge: str) -> None:
    attempt = make_reviewed("charged_more_than_once")
    edge.lookups = [listing(charge_of(attempt, id="ch_1", amount=1), charge_of(attempt, id="ch_2"))]

    said = settling.keep_one(attempt.pk, Act("ann", "?", charge=charge))

    assert said.endswith("The provider lists: ch_1 (0.01 usd), ch_2 (41.86 usd).")
    assert (_stand(), Refund.objects.exists()) == (("placed", True, 1), False)
    assert PaymentAttempt.objects.get().failure_code == "charged_more_than_once"


@pytest.mark.parametrize("act", [settling.keep_one, settling.refund_all])
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reference": "XXXX-XXXX"}, "no clear answer"),
        ({"id": "ch_9"}, "does not list ch_1"),
        ({"id": "ch_" + "9" * 60}, "no clear answer"),
        ({"currency": "eur"}, "another currency"),
        ({"status": "pending"}, "no clear answer"),
        ({"amount": "4186"}, "no clear answer"),
    ],
)
def test_nothing_is_guessed(edge: Edge, act: Any, changes: dict[str, Any], why: str) -> None:
    attempt = make_reviewed("charged_something_else", provider_reference="ch_1")
    edge.lookups = [listing(charge_of(attempt, **{"id": "ch_1", **changes}))]

    assert why in act(attempt.pk, ACT)

    assert (_stand(), Refund.objects.exists()) == (("placed", True, 1), False)
    assert PaymentAttempt.objects.get().failure_code == "charged_something_else"


@pytest.mark.parametrize("act", [settling.keep_one, settling.refund_all])
@pytest.mark.parametrize("told", [hang_up, listing(running=True)])
def test_without_a_clear_answer_it_stays(reviewed: PaymentAttempt, edge: Edge, act: Any, told: Any) -> None:
    edge.lookups = [told]

    assert act(reviewed.pk, ACT) == "The provider gave no clear answer. The payment stays in review."

    assert (_stand(), kinds_of(reviewed.order)) == (("placed", True, 1), ["placed", "review"])


def test_by_hand_somebody_answers_for_it(reviewed: PaymentAttempt, edge: Edge) -> None:
    assert settling.settle(reviewed.pk, ACT).startswith("It is settled.")

    assert (_stand(), edge.looked_up) == (("cancelled", False, 0), [])
    assert _charges() == [("error", "ch_1", 0, 0)]
    entry = HistoryEntry.objects.get(kind="review")
    assert entry.note == "ann settled it by hand (charged more than once): The customer called."
    told = "We cancelled the order and settled its payment by hand."
    assert reviewed.order.history.latest("pk").sentence == told


@pytest.mark.parametrize("act", [settling.keep_one, settling.refund_all, settling.settle])
def test_nobody_settles_while_a_charge_may_be_on_its_way(edge: Edge, act: Any) -> None:
    attempt = make_attempt(state="review", failure_code="charged_more_than_once")

    assert "may still be on its way" in act(attempt.pk, ACT)

    assert (_stand(), edge.looked_up) == (("placed", False, 1), [])


@pytest.mark.parametrize("act", [settling.keep_one, settling.refund_all, settling.settle])
def test_each_act_happens_once(reviewed: PaymentAttempt, act: Any) -> None:
    act(reviewed.pk, ACT)
    before = (_stand(), _charges(), kinds_of(reviewed.order))

    assert act(reviewed.pk, ACT) == CHANGED_MEANWHILE

    assert (_stand(), _charges(), kinds_of(reviewed.order)) == before


@pytest.mark.django_db(transaction=True)
def test_many_at_once_give_back_once(reviewed: PaymentAttempt) -> None:
    all_at_once([lambda: settling.refund_all(reviewed.pk, ACT)] * 4)

    assert (_stand(), Refund.objects.count()) == (("cancelled", False, 0), 2)


def test_a_charge_is_written_down_once(reviewed: PaymentAttempt, edge: Edge) -> None:
    """As an event that told of it has done before."""
    booked = PaymentAttempt.objects.get()
    booked.pk, booked.idempotency_key, booked.state = None, "charge-ch_2", "error"
    booked.provider_reference = "ch_2"
    booked.save()

    settling.refund_all(reviewed.pk, ACT)

    assert [charge for _, charge, *_ in _charges()] == ["", "ch_2", "ch_1"]
