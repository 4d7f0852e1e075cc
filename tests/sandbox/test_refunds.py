"""Money goes back out of its charge, once per key, and never more than was charged."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from payments.sandbox.charging import Till
from payments.sandbox.ledger import Ledger
from payments.sandbox.parsing import ChargeRequest, RefundRequest
from tests.sandbox.provider import Provider, wanted


def _charged(provider: Provider, name: str, *, source: str = "tok_approve") -> str:
    """Return the id of a charge of $41.86."""
    provider.charge(f"charge-{name}", wanted(reference=name, source=source))
    charge_id: str = provider.charges(name)[0]["id"]
    return charge_id


def _listed(provider: Provider, charge: str) -> Any:
    return provider.get(f"/v1/refunds?charge={charge}").json()


def test_a_refund_is_made_and_listed(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "WHOLE")

    answer = shared_provider.refund("whole", charge)

    refund = answer.json()
    kept = {key: refund[key] for key in ("object", "status", "charge", "amount", "currency", "reference")}
    assert answer.status_code == 200
    assert kept == {
        "object": "refund",
        "status": "succeeded",
        "charge": charge,
        "amount": 4186,
        "currency": "usd",
        "reference": "K7QP-R1",
    }
    assert _listed(shared_provider, charge) == {
        "object": "list",
        "data": [refund],
        "has_more": False,
        "running": False,
    }


def test_a_repeat_hears_the_first_answer(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "REPEATED")
    first, again = (shared_provider.refund("repeated", charge, 100) for _ in range(2))

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert len(_listed(shared_provider, charge)["data"]) == 1


def test_parts_never_add_up_to_more_than_the_charge(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "PARTS")

    statuses = [shared_provider.refund(f"part-{n}", charge, 2000).status_code for n in range(3)]

    assert statuses == [200, 200, 400]
    assert shared_provider.refund("rest", charge, 186).status_code == 200


def test_many_at_once_never_take_more_than_the_charge(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "CROWD")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: shared_provider.refund(f"crowd-{n}", charge, 1000), range(12)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [400] * 8
    assert sum(refund["amount"] for refund in _listed(shared_provider, charge)["data"]) == 4000


def test_one_key_at_once_refunds_once(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "ONE-KEY")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: shared_provider.refund("one-key", charge, 100), range(12)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len(_listed(shared_provider, charge)["data"]) == 1


@pytest.mark.parametrize("charge", ["ch_nobody", "declined"])
def test_what_was_not_charged_does_not_go_back(shared_provider: Provider, charge: str) -> None:
    if charge == "declined":
        charge = _charged(shared_provider, "NO", source="tok_decline")

    answer = shared_provider.refund(f"no-{charge}", charge)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "charge_not_refundable")
    assert _listed(shared_provider, charge)["data"] == []


def test_a_key_means_one_thing(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "THING")
    shared_provider.refund("thing", charge, 100)

    other_amount = shared_provider.refund("thing", charge, 101)
    charges_key = shared_provider.refund("charge-THING", charge, 100)

    for answer in (other_amount, charges_key):
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": "1"}, {"charge": 7}, {"extra": 1}], ids=str)
def test_refused_parameters_leave_the_key_free(shared_provider: Provider, wrong: dict[str, Any]) -> None:
    charge = _charged(shared_provider, f"WRONG-{next(iter(wrong))}")
    key = f"wrong-{wrong}"

    refused = shared_provider.refund(key, **{"charge": charge, "amount": 100, **wrong})

    assert refused.status_code == 400
    assert shared_provider.refund(key, charge, 100).status_code == 200


def test_without_the_secret_nothing_is_told_or_done(shared_provider: Provider) -> None:
    charge = _charged(shared_provider, "SECRET")

    assert requests.get(f"{shared_provider.url}/v1/refunds?charge={charge}", timeout=10).status_code == 401
    assert requests.post(f"{shared_provider.url}/v1/refunds", json={}, timeout=10).status_code == 401


def test_a_refund_that_outlived_a_crash_is_answered_with(ledger: Ledger) -> None:
    till = Till(ledger, wait=lambda _: None)
    till.charge("key", ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP"))
    wish = RefundRequest(charge=ledger.find_charges("K7QP")[0].id, amount=4186, reference="K7QP-R1")
    first = till.refund("back", wish)
    with ledger.transaction() as connection:
        connection.execute("UPDATE requests SET answer_status = NULL, answer_body = NULL")

    again = till.refund("back", wish)

    assert (again.body, again.is_replayed) == (first.body, True)


def test_people_see_what_went_back(provider: Provider) -> None:
    charge = _charged(provider, "SEEN")
    provider.refund("seen", charge, 186)
    provider.refund("too-much", charge, 4186)

    page = requests.get(provider.url, timeout=10).text

    for words in ("◌ Refunded", "! Refund refused", "$1.86", "● Charged", charge):
        assert words in page
