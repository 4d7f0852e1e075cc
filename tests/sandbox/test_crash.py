"""The ledger after the provider was killed in the middle of its work."""

import sqlite3
import threading

import pytest
import requests

from payments.sandbox.answers import Answer
from payments.sandbox.ledger import Ledger
from payments.sandbox.parsing import ChargeRequest
from tests.sandbox.provider import Provider, wanted

APPROVE = ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP")


def test_hanging_charge_outlives_a_kill(provider: Provider) -> None:
    with pytest.raises(requests.ReadTimeout):
        provider.charge("k", wanted(source="tok_timeout"), timeout=0.5)
    provider.kill()
    provider.start()

    first = provider.charge("k", wanted(source="tok_timeout"))
    again = provider.charge("k", wanted(source="tok_timeout"))

    assert (first.status_code, first.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.content == first.content
    assert provider.charges() == [first.json()]


def test_every_answer_given_before_a_kill_is_in_the_ledger(provider: Provider) -> None:
    shown: dict[str, str] = {}
    shopper = threading.Thread(target=shop_until_it_fails, args=(provider, shown))
    shopper.start()
    shopper.join(0.7)
    provider.kill()
    shopper.join()
    provider.start()

    replayed = {key: provider.charge(key).json()["id"] for key in shown}
    in_flight = provider.charge(f"k{len(shown)}").json()["id"]

    assert len(shown) >= 2
    assert replayed == shown
    assert {charge["id"] for charge in provider.charges()} == {*shown.values(), in_flight}


def shop_until_it_fails(provider: Provider, shown: dict[str, str]) -> None:
    for number in range(1_000):
        try:
            shown[f"k{number}"] = provider.charge(f"k{number}").json()["id"]
        except requests.ConnectionError:
            return


def test_every_commit_waits_for_the_disk(ledger: Ledger) -> None:
    full = 2

    assert ledger.connection().execute("PRAGMA synchronous").fetchone()[0] == full
    assert ledger.connection().execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_ledger_itself_refuses_a_second_charge(ledger: Ledger) -> None:
    entry = ledger.enter("k", APPROVE, now=1.0)
    first = ledger.charge(entry.id, APPROVE, status="succeeded", now=1.0)

    assert ledger.charge(entry.id, APPROVE, status="failed", now=2.0) == first
    with pytest.raises(sqlite3.IntegrityError):
        ledger.connection().execute(
            "INSERT INTO charges SELECT 'ch_2', request_id, status, amount, currency, reference, created "
            "FROM charges"
        )


def test_first_answer_stays(ledger: Ledger) -> None:
    entry = ledger.enter("k", APPROVE, now=1.0)
    ledger.keep_answer(entry.id, Answer(500, "first"))

    assert ledger.keep_answer(entry.id, Answer(200, "second")) == Answer(500, "first")


def test_broken_ledger_is_told_as_unavailable(provider: Provider) -> None:
    connection = sqlite3.connect(provider.ledger)
    connection.execute("DROP TABLE requests")
    connection.close()

    answer = provider.charge("k")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["error"]["code"] == "ledger_unavailable"
    assert provider.get("/").status_code == 503
    assert provider.get("/healthz").status_code == 200
