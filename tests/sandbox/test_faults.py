"""What each fault does to the caller, and to the ledger."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.evidence import eventually
from tests.sandbox.provider import Provider, wanted


@pytest.fixture
def broken(shared_provider: Provider) -> Iterator[Provider]:
    """Return the provider, to be broken for one test."""
    yield shared_provider
    shared_provider.mend()


def _statuses(provider: Provider, reference: str) -> list[str]:
    return [charge["status"] for charge in provider.charges(reference)]


@pytest.mark.parametrize(("fault", "status"), [("rate_limit", 429), ("unavailable", 503)])
def test_refused_request_stores_nothing(broken: Provider, fault: str, status: int) -> None:
    broken.put(fault=fault, retry_after=7, count=1)

    refused = broken.charge(fault, wanted(reference=fault, amount=1))
    # Had the key been stored, it would refuse another amount.
    accepted = broken.charge(fault, wanted(reference=fault))

    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "7")
    assert (accepted.status_code, accepted.headers.get("Idempotent-Replayed")) == (200, None)
    assert broken.charges(fault) == [accepted.json()]


def test_without_retry_after_no_such_header_is_sent(broken: Provider) -> None:
    broken.put(fault="rate_limit")

    assert "Retry-After" not in broken.charge("bare").headers


@pytest.mark.parametrize(("fault", "charged"), [("error_before", []), ("error_after", ["succeeded"])])
@pytest.mark.parametrize("status", [500, 502])
def test_error_is_the_keys_first_answer(
    broken: Provider, fault: str, charged: list[str], status: int
) -> None:
    name = f"{fault}-{status}"
    broken.put(fault=fault, status=status, count=1)

    first, again = (broken.charge(name, wanted(reference=name)) for _ in range(2))

    assert (first.status_code, first.headers.get("Idempotent-Replayed")) == (status, None)
    assert (again.status_code, again.content) == (status, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _statuses(broken, name) == charged


def test_lost_answer_charges_and_is_replayed(broken: Provider) -> None:
    broken.put(fault="lose_answer", count=1)

    with pytest.raises(requests.ConnectionError, match="without response"):
        broken.charge("lost", wanted(reference="LOST"))

    again = broken.charge("lost", wanted(reference="LOST"))
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert broken.charges("LOST") == [again.json()]


def test_decline_is_an_answer_like_any_other(broken: Provider) -> None:
    broken.put(fault="decline")

    answer = broken.charge("decline", wanted(reference="DECLINE"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "card_declined")
    assert _statuses(broken, "DECLINE") == ["failed"]


def test_slow_charge_is_made_at_once_and_told_late(broken: Provider) -> None:
    broken.put(fault="slow", seconds=1)
    began = time.monotonic()

    answer = broken.charge("slow", wanted(reference="SLOW"))

    assert answer.status_code == 200
    assert 1 <= time.monotonic() - began < 3


@pytest.mark.parametrize(("fault", "charged"), [("hang", ["succeeded"]), ("hang_before", [])])
def test_hanging_charge_is_silent(broken: Provider, fault: str, charged: list[str]) -> None:
    broken.put(fault=fault, seconds=2, count=1)
    with pytest.raises(requests.ReadTimeout):
        broken.charge(fault, wanted(reference=fault), timeout=0.6)

    broken.mend()
    meanwhile = broken.get(f"/v1/charges?reference={fault}").json()
    in_use = broken.charge(fault, wanted(reference=fault))
    time.sleep(2)

    assert ([charge["status"] for charge in meanwhile["data"]], meanwhile["running"]) == (charged, True)
    assert (in_use.status_code, in_use.json()["error"]["code"]) == (409, "key_in_use")
    replayed = broken.charge(fault, wanted(reference=fault))
    assert (replayed.status_code, replayed.headers["Idempotent-Replayed"]) == (200, "true")
    assert broken.charges(fault) == [replayed.json()]


def test_dripping_answer_arrives_byte_by_byte(broken: Provider) -> None:
    broken.put(fault="drip", seconds=0.005)
    began = time.monotonic()

    answer = broken.charge("drip", wanted(reference="DRIP"))

    assert time.monotonic() - began > 1.2
    broken.mend()
    assert broken.charges("DRIP") == [answer.json()]
    assert answer.headers["Content-Type"] == "application/json"


def test_caller_who_leaves_ends_the_dripping(broken: Provider) -> None:
    broken.put(fault="drip", seconds=0.4)
    with pytest.raises(requests.ReadTimeout):
        broken.charge("left", wanted(reference="LEFT"), timeout=0.2)

    def is_running() -> bool:
        return bool(broken.get("/v1/charges?reference=LEFT").json()["running"])

    assert is_running()
    assert eventually(lambda: not is_running(), seconds=5)


@pytest.mark.parametrize(("fault", "count"), [("error_before", 0), ("error_after", 1)])
def test_refunds_break_as_charges_do(broken: Provider, fault: str, count: int) -> None:
    charge = broken.charge(f"for-{fault}", wanted(reference=f"R-{fault}")).json()["id"]
    broken.put(fault=fault, status=502)

    first, again = (broken.refund(f"refund-{fault}", charge) for _ in range(2))

    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (502, 502, "true")
    refunds: list[dict[str, Any]] = broken.get(f"/v1/refunds?charge={charge}").json()["data"]
    assert len(refunds) == count


def test_lost_refund_is_made_once(broken: Provider) -> None:
    charge = broken.charge("for-lost", wanted(reference="R-LOST")).json()["id"]
    broken.put(fault="lose_answer", count=1)
    with pytest.raises(requests.ConnectionError):
        broken.refund("refund-lost", charge)

    again = broken.refund("refund-lost", charge)

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert broken.get(f"/v1/refunds?charge={charge}").json()["data"] == [again.json()]


def test_unavailable_provider_looks_nothing_up(broken: Provider) -> None:
    broken.put(fault="unavailable", retry_after=3)

    for path in ("/v1/charges?reference=X", "/v1/charges/ch_1", "/v1/refunds?charge=ch_1"):
        answer = broken.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")


@pytest.mark.parametrize("fault", ["slow", "hang"])
def test_late_look_up_tells_the_truth_of_its_end(broken: Provider, fault: str) -> None:
    name = f"LATE-{fault}"
    broken.put(fault=fault, seconds=1)
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        looking = pool.submit(broken.charges, name)
        time.sleep(0.3)
        broken.mend()
        charge = broken.charge(name, wanted(reference=name)).json()

    assert looking.result() == [charge]
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("fault", ["error_before", "error_after", "lose_answer", "decline", "rate_limit"])
def test_look_ups_are_told_the_truth_whatever_else_breaks(broken: Provider, fault: str) -> None:
    broken.put(fault=fault)

    assert broken.get(f"/v1/charges?reference=none-{fault}").json()["running"] is False


def test_look_ups_do_not_use_up_the_count(broken: Provider) -> None:
    broken.put(fault="unavailable", count=1)
    broken.get("/v1/charges?reference=X")

    assert broken.charge("counted", wanted(reference="COUNTED")).status_code == 503
