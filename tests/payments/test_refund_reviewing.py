"""Staff bring every refund in review to an end: asked again, given up, or made another way."""

from typing import Any

import pytest
from django.utils import timezone

from orders.models import HistoryEntry, Order
from payments import charging, claiming, refund_reviewing, refunding
from payments.acting import CHANGED_MEANWHILE, Act
from payments.claiming import claim_rested_refund
from payments.models import PaymentAttempt, Refund
from payments.starting import give_back
from tests.payments.edge import Edge, answer, hang_up, listing
from tests.payments.making import kinds_of, make_attempt, rested_at
from tests.payments.test_refunds import wish_of

pytestmark = pytest.mark.django_db

ACT = Act("ann", "The customer called.")
ACTS = [refund_reviewing.again, refund_reviewing.give_up, refund_reviewing.count_as_done]


@pytest.fixture
def reviewed(edge: Edge) -> Refund:
    """A refund of $41.86, the whole charge, that the provider refuses."""
    attempt = make_attempt()
    charging.charge(attempt.pk)
    begun = give_back(attempt.pk, wish_of())
    assert begun is not None
    in_review = {"state": "review", "tries": 5, "failure_code": "charge_not_refundable"}
    Refund.objects.update(**in_review, updated_at=rested_at())
    edge.asked.clear()
    return Refund.objects.select_related("attempt__order").get()


def _stand() -> tuple[str, str, int, int]:
    """Return how order and refund stand, what went back, and what went back or shall."""
    order, attempt = Order.objects.get(), PaymentAttempt.objects.get()
    return order.status, Refund.objects.get().state, order.refunded_minor, attempt.refunded_minor


def _known(refund: Refund, **changes: object) -> dict[str, object]:
    known = {"id": "re_found", "status": "succeeded", "charge": "ch_yes", "amount": 4186}
    return {**known, "reference": f"{refund.attempt.order.number}-R{refund.pk}", **changes}


def test_it_is_asked_for_again(reviewed: Refund, edge: Edge) -> None:
    refund_reviewing.again(reviewed.pk, ACT)
    refunding.refund(reviewed.pk)

    assert (edge.keys, _stand()) == ([reviewed.idempotency_key], ("refunded", "succeeded", 4186, 4186))


@pytest.mark.parametrize("failed", [False, True])
def test_what_never_went_back_can_be_given_back_anew(reviewed: Refund, edge: Edge, failed: bool) -> None:
    edge.lookups = [listing(*([_known(reviewed, status="failed")] if failed else []))]

    said = refund_reviewing.give_up(reviewed.pk, ACT)

    assert said == "Nothing went back. $41.86 can be given back anew."
    assert _stand() == ("paid", "given_up", 0, 0)
    assert kinds_of(reviewed.attempt.order)[-2:] == ["refunding", "refund_failed"]
    anew = give_back(reviewed.attempt_id, wish_of())
    assert anew is not None
    assert anew.idempotency_key != reviewed.idempotency_key


def test_what_went_back_all_the_same_counts(reviewed: Refund, edge: Edge) -> None:
    edge.lookups = [listing(_known(reviewed))]

    assert "has made this refund" in refund_reviewing.give_up(reviewed.pk, ACT)

    assert _stand() == ("refunded", "succeeded", 4186, 4186)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (hang_up, "charge_not_refundable"),
        (listing(running=True), "charge_not_refundable"),
        (answer(401, {}), "charge_not_refundable"),
    ],
)
def test_without_a_clear_answer_it_stays(reviewed: Refund, edge: Edge, told: Any, code: str) -> None:
    edge.lookups = [told]

    said = refund_reviewing.give_up(reviewed.pk, ACT)

    assert said == "The provider gave no clear answer. The refund stays in review."
    assert (_stand(), Refund.objects.get().failure_code) == (("paid", "review", 0, 4186), code)


def test_a_look_up_sends_nothing_that_needs_rest(reviewed: Refund, edge: Edge) -> None:
    edge.lookups = [hang_up, listing()]
    refund_reviewing.give_up(reviewed.pk, ACT)

    assert refund_reviewing.give_up(reviewed.pk, ACT).startswith("Nothing went back.")


@pytest.mark.parametrize(
    ("changes", "code"),
    [([{"amount": 1}], "refunded_something_else"), ([{}, {}], "refunded_more_than_once")],
)
def test_what_went_back_wrongly_is_told(
    reviewed: Refund, edge: Edge, changes: list[dict[str, object]], code: str
) -> None:
    edge.lookups = [listing(*(_known(reviewed, **change) for change in changes))]

    refund_reviewing.give_up(reviewed.pk, ACT)

    assert (_stand()[1], Refund.objects.get().failure_code) == ("review", code)


def test_money_given_back_another_way_counts(reviewed: Refund, edge: Edge) -> None:
    assert refund_reviewing.count_as_done(reviewed.pk, ACT) == "It counts as given back."

    assert (_stand(), edge.looked_up) == (("refunded", "succeeded", 4186, 4186), [])
    entry = HistoryEntry.objects.get(kind="refunded")
    assert (entry.actor, entry.sentence) == ("staff", "We gave $41.86 back to you another way.")
    assert entry.note == "ann gave it back another way: The customer called."
    assert Refund.objects.get().failure_code == "refunded_elsewhere"


@pytest.mark.parametrize("act", ACTS[1:])
def test_nobody_ends_it_while_it_may_be_on_its_way(reviewed: Refund, edge: Edge, act: Any) -> None:
    Refund.objects.update(updated_at=timezone.now())

    assert "may still be on its way" in act(reviewed.pk, ACT)

    assert (_stand(), edge.looked_up) == (("paid", "review", 0, 4186), [])


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ["due", "unknown", "succeeded", "given_up"])
def test_only_what_needs_somebody_is_acted_on(reviewed: Refund, edge: Edge, act: Any, state: str) -> None:
    Refund.objects.update(state=state)

    assert act(reviewed.pk, ACT) == CHANGED_MEANWHILE

    assert (_stand(), edge.looked_up) == (("paid", state, 0, 4186), [])


@pytest.mark.parametrize("act", ACTS)
def test_who_and_why_are_kept(reviewed: Refund, act: Any) -> None:
    act(reviewed.pk, ACT)

    assert HistoryEntry.objects.filter(actor="staff", note__endswith=": The customer called.").count() == 1


def test_a_look_up_that_dies_keeps_the_reason(reviewed: Refund, edge: Edge) -> None:
    assert claim_rested_refund(reviewed.pk) is not None
    Refund.objects.update(lease_until=timezone.now() - claiming.LEASE)

    refunding.refund(reviewed.pk)

    assert (_stand()[1], Refund.objects.get().failure_code) == ("review", "charge_not_refundable")
    assert edge.asked == []
