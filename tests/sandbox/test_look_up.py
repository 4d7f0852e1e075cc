"""What a caller hears who asks by reference, because its key can tell no more."""

import sqlite3
import threading
from contextlib import closing

from payments.sandbox.charging import Till
from payments.sandbox.ledger import KEY_KEPT_SECONDS, LONGEST_LIST, Ledger
from payments.sandbox.look_ups import LookUps
from payments.sandbox.parsing import ChargeRequest
from tests.e2e.evidence import eventually
from tests.sandbox.provider import Provider, wanted

BROKEN = ChargeRequest(amount=4186, currency="usd", source="tok_fail", reference="K7QP")
GOOD = ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP")


def _look_up(till: Till, reference: str = "K7QP") -> str:
    return LookUps(till).charges(reference).body


def test_a_broken_charge_is_neither_there_nor_running(shared_provider: Provider) -> None:
    shared_provider.charge("fails", wanted(reference="FAILS", source="tok_fail"))

    told = shared_provider.get("/v1/charges?reference=FAILS").json()

    assert told == {"object": "list", "data": [], "has_more": False, "running": False}


def test_a_replayed_failure_says_that_it_is_one(shared_provider: Provider) -> None:
    body = wanted(reference="SPENT", source="tok_fail")
    first = shared_provider.charge("spent", body)
    again = shared_provider.charge("spent", body)

    assert (first.status_code, first.headers.get("Idempotent-Replayed")) == (500, None)
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (500, "true")


def test_a_charge_at_work_is_running(ledger: Ledger) -> None:
    let_go, at_work = threading.Event(), threading.Event()

    def wait(_seconds: float) -> None:
        at_work.set()
        let_go.wait(5)

    till = Till(ledger, wait=wait)
    working = threading.Thread(target=till.charge, args=("key", BROKEN))
    working.start()
    at_work.wait(5)

    assert ('"running": true' in _look_up(till), '"running": true' in _look_up(till, "OTHER")) == (
        True,
        False,
    )

    let_go.set()
    working.join()
    assert '"running": false' in _look_up(till)


def test_an_ask_is_running_before_the_ledger_knows_of_it(ledger: Ledger) -> None:
    till = Till(ledger, wait=lambda _: None)
    asking = threading.Thread(target=till.charge, args=("key", GOOD))

    with closing(sqlite3.connect(ledger.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        asking.start()
        eventually(lambda: till.asks.has("K7QP"))
        told = _look_up(till)
        other.execute("ROLLBACK")
    asking.join()

    assert told == '{"object": "list", "data": [], "has_more": false, "running": true}'
    assert len(ledger.find_charges("K7QP")) == 1


def test_what_a_crash_left_behind_is_not_running(ledger: Ledger) -> None:
    ledger.enter("key", GOOD, now=0.0)

    assert '"running": false' in _look_up(Till(ledger))


def test_a_forgotten_keys_charge_is_still_found(ledger: Ledger) -> None:
    now = [1_000.0]
    till = Till(ledger, wait=lambda _: None, clock=lambda: now[0])
    till.charge("key", GOOD)
    now[0] += KEY_KEPT_SECONDS + 1
    again = till.charge("key", GOOD)

    assert again.is_replayed is False
    assert len(ledger.find_charges("K7QP")) == 2


def test_a_longer_list_says_so(ledger: Ledger) -> None:
    till = Till(ledger, wait=lambda _: None)
    for number in range(LONGEST_LIST + 1):
        till.charge(f"key-{number}", GOOD)

    assert '"has_more": true' in _look_up(till)
