"""What the shop is told without asking: signed, repeated, out of order, until it hears."""

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.evidence import eventually
from tests.sandbox.provider import Provider, free_port, wanted
from tests.sandbox.shop import SECRET, Heard, Shop, running_shop

AT_ONCE = {"delay_seconds": [0, 0], "shuffle": False}


@pytest.fixture
def shop() -> Iterator[Shop]:
    with running_shop() as shop:
        yield shop


@pytest.fixture
def provider(tmp_path: Path, shop: Shop) -> Iterator[Provider]:
    """Return a provider that tells the shop everything at once and in order."""
    provider = Provider(tmp_path / "ledger.sqlite3", shop.environment)
    provider.start()
    provider.put(webhooks=AT_ONCE)
    yield provider
    provider.end()


def await_heard(shop: Shop, count: int) -> list[dict[str, Any]]:
    """Return what was heard, once it is so much, and prove that it stays at that."""
    eventually(lambda: len(shop.heard) >= count)
    time.sleep(0.4)
    assert len(shop.heard) == count
    return [json.loads(heard.body) for heard in shop.heard]


def told(shop: Shop) -> list[str]:
    """Return the references that the shop heard of, in this order."""
    return [json.loads(heard.body)["data"]["object"]["reference"] for heard in shop.heard]


def test_a_charge_is_told_as_the_api_shows_it(provider: Provider, shop: Shop) -> None:
    charge = provider.charge("k").json()

    [event] = await_heard(shop, 1)

    assert shop.heard[0].path == "/webhooks/payments"
    assert event.pop("id").startswith("evt_")
    assert event == {
        "object": "event",
        "type": "charge.succeeded",
        "created": charge["created"],
        "data": {"object": charge},
    }


def test_what_is_told_is_signed(provider: Provider, shop: Shop) -> None:
    provider.charge("k")
    await_heard(shop, 1)

    heard: Heard = shop.heard[0]
    at, _, proof = heard.headers["Webhook-Signature"].partition(",")
    signed = hmac.new(SECRET.encode(), at.removeprefix("t=").encode() + b"." + heard.body, hashlib.sha256)
    assert proof == f"v1={signed.hexdigest()}"
    assert abs(int(at.removeprefix("t=")) - time.time()) < 10


def test_declines_and_refunds_are_told_repeats_are_not(provider: Provider, shop: Shop) -> None:
    charge = provider.charge("k").json()["id"]
    provider.charge("declined", wanted(source="tok_decline"))
    refund = provider.refund("back", charge).json()
    provider.refund("back", charge)
    provider.charge("k")
    provider.refund("too much", charge)

    events = await_heard(shop, 3)

    assert [event["type"] for event in events] == ["charge.succeeded", "charge.failed", "refund.created"]
    assert events[2]["data"]["object"] == refund


def test_it_is_told_again_until_it_is_heard(provider: Provider, shop: Shop) -> None:
    shop.answers = [500, 302]
    provider.charge("k")

    events = await_heard(shop, 3)

    assert events[0] == events[1] == events[2]


def test_repeats_come_as_often_as_set(provider: Provider, shop: Shop) -> None:
    provider.put(webhooks={**AT_ONCE, "repeat": 10})
    provider.charge("k")

    assert len({event["id"] for event in await_heard(shop, 10)}) == 1


def test_order_is_not_kept_when_shuffled(provider: Provider, shop: Shop) -> None:
    provider.put(webhooks={"delay_seconds": [0.5, 2.5], "shuffle": True}, seed=2)
    asked = [f"R{number}" for number in range(8)]
    for reference in asked:
        provider.charge(reference, wanted(reference=reference))

    eventually(lambda: set(told(shop)) == set(asked))

    assert sorted(set(told(shop))) == asked
    assert told(shop) != sorted(told(shop))


def test_what_was_not_told_outlives_a_kill(provider: Provider, shop: Shop) -> None:
    provider.put(webhooks={"send": False, **AT_ONCE})
    provider.charge("k")
    provider.kill()
    assert shop.heard == []

    provider.start()

    assert len(await_heard(shop, 1)) == 1


def test_a_charge_that_no_answer_told_of_is_still_told(provider: Provider, shop: Shop) -> None:
    provider.put(fault="error_after", webhooks=AT_ONCE)
    provider.charge("k")

    assert [event["type"] for event in await_heard(shop, 1)] == ["charge.succeeded"]


def test_a_shop_that_does_not_answer_holds_up_nobody(provider: Provider, shop: Shop) -> None:
    shop.may_answer.clear()
    provider.charge("k")
    eventually(lambda: shop.heard)

    # It would wait 5 s for the shop's answer, some of which has gone by.
    began = time.monotonic()
    assert provider.charge("other").status_code == 200
    assert time.monotonic() - began < 4
    assert provider.stop() < 4


def test_a_broken_ledger_is_logged_once_and_gone_on_with(
    provider: Provider, shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    # What started before the test writes where the test cannot read.
    provider.stop()
    provider.start()
    with closing(sqlite3.connect(provider.ledger)) as ledger:
        provider.put(webhooks={**AT_ONCE, "send": False})
        provider.charge("k")
        ledger.execute("ALTER TABLE tellings RENAME TO gone")
        provider.put(webhooks=AT_ONCE)
        time.sleep(2.5)
        ledger.execute("ALTER TABLE gone RENAME TO tellings")

    assert len(await_heard(shop, 1)) == 1
    assert capfd.readouterr().err.count("an event could not be told") == 1


def test_an_absent_shop_is_told_when_it_is_there(tmp_path: Path) -> None:
    port = free_port()
    address = {"SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{port}/", "PROVIDER_WEBHOOK_SECRETS": SECRET}
    provider = Provider(tmp_path / "ledger.sqlite3", address)
    provider.start()
    try:
        provider.put(webhooks=AT_ONCE)
        provider.charge("k")
        time.sleep(0.5)
        with running_shop(port) as back:
            assert len(await_heard(back, 1)) == 1
    finally:
        provider.end()
