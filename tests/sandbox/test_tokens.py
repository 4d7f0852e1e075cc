"""What each practice card does, asked over HTTP."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.provider import Provider, wanted

# What the slow card takes: whoever answers at once needs less.
SLOW_SECONDS = 4


def ask(provider: Provider, token: str) -> tuple[int, dict[str, Any], float]:
    began = time.monotonic()
    answer = provider.charge(token, wanted(source=token, reference=token))
    return answer.status_code, answer.json(), time.monotonic() - began


def test_approve_charges_at_once(shared_provider: Provider) -> None:
    status, charge, seconds = ask(shared_provider, "tok_approve")

    assert (status, charge["object"], charge["status"]) == (200, "charge", "succeeded")
    assert (charge["amount"], charge["currency"], charge["reference"]) == (4186, "usd", "tok_approve")
    assert 0.1 <= seconds < SLOW_SECONDS
    assert shared_provider.charges("tok_approve") == [charge]


def test_decline_names_the_failed_charge(shared_provider: Provider) -> None:
    status, body, seconds = ask(shared_provider, "tok_decline")

    [charge] = shared_provider.charges("tok_decline")
    assert status == 402
    assert body["error"].items() >= {"type": "card_error", "code": "card_declined"}.items()
    assert body["error"]["charge"] == charge["id"]
    assert charge["status"] == "failed"
    assert seconds < SLOW_SECONDS


def test_slow_answers_after_four_seconds(shared_provider: Provider) -> None:
    status, charge, seconds = ask(shared_provider, "tok_slow")

    assert (status, charge["status"]) == (200, "succeeded")
    assert seconds >= SLOW_SECONDS


def test_fail_breaks_before_charging_and_is_replayed(shared_provider: Provider) -> None:
    status, body, _ = ask(shared_provider, "tok_fail")
    again = shared_provider.charge("tok_fail", wanted(source="tok_fail", reference="tok_fail"))

    assert (status, again.status_code, again.json()) == (500, 500, body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert shared_provider.charges("tok_fail") == []


def test_timeout_charges_and_then_says_nothing_for_long(provider: Provider) -> None:
    hanging = wanted(source="tok_timeout")

    with pytest.raises(requests.ReadTimeout):
        provider.charge("k", hanging, timeout=0.5)

    assert [charge["status"] for charge in provider.charges()] == ["succeeded"]
    again = provider.charge("k", hanging)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "key_in_use")
