"""When an event is told, told again, and given up."""

import sqlite3

import pytest

from payments.sandbox.control import Control
from payments.sandbox.ledger import Ledger
from payments.sandbox.parsing import ChargeRequest
from payments.sandbox.switches import Switches, WebhookManner
from payments.sandbox.tellings import GIVE_UP_SECONDS, Tellings

APPROVE = ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP")


def _charge(ledger: Ledger, key: str, *, at: list[float]) -> str:
    """Charge at second 1000, to be told at these, and return the charge's id."""
    entry = ledger.enter(key, APPROVE, now=1000)
    charge = ledger.charge(entry.id, APPROVE, status="succeeded", now=1000, tellings=at)
    return charge.id


def _due(ledger: Ledger) -> list[float | None]:
    return [row["due_at"] for row in ledger.connection().execute("SELECT due_at FROM tellings ORDER BY id")]


def test_the_longest_due_is_told_first(ledger: Ledger) -> None:
    late, early = _charge(ledger, "late", at=[1009]), _charge(ledger, "early", at=[1002])
    tellings = Tellings(ledger)

    assert tellings.claim(now=1001) is None
    told = [tellings.claim(now=1010) for _ in range(2)]

    assert [early in telling.body for telling in told if telling] == [True, False]
    assert [late in telling.body for telling in told if telling] == [False, True]


def test_what_nobody_noted_an_outcome_for_is_due_again(ledger: Ledger) -> None:
    _charge(ledger, "k", at=[1000])
    tellings = Tellings(ledger)
    tellings.claim(now=1000)

    assert tellings.claim(now=1009) is None
    again = tellings.claim(now=1010)
    assert again is not None
    assert again.tried_count == 2


def test_waits_double_up_to_a_minute_and_end_after_an_hour(ledger: Ledger) -> None:
    _charge(ledger, "k", at=[1000])
    tellings, now, waits = Tellings(ledger), 1000.0, []

    while (telling := tellings.claim(now=now)) is not None:
        tellings.is_not_heard(telling, now=now, said="503")
        [due_at] = _due(ledger)
        waits.append(None if due_at is None else due_at - now)
        now = due_at or now

    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert waits[-1] is None
    assert 1000 + GIVE_UP_SECONDS - 60 < now <= 1000 + GIVE_UP_SECONDS


def test_what_was_heard_is_never_due_again(ledger: Ledger) -> None:
    _charge(ledger, "k", at=[1000])
    tellings = Tellings(ledger)
    first = tellings.claim(now=1000)
    second = tellings.claim(now=1010)
    assert first is not None
    assert second is not None

    tellings.is_heard(first, now=1011, said="200")
    tellings.is_not_heard(second, now=1012, said="503")

    assert _due(ledger) == [None]


def test_a_charge_and_its_event_are_written_together_or_not_at_all(ledger: Ledger) -> None:
    entry = ledger.enter("k", APPROVE, now=1000)
    ledger.connection().execute("DROP TABLE tellings")

    with pytest.raises(sqlite3.OperationalError, match="tellings"):
        ledger.charge(entry.id, APPROVE, status="succeeded", now=1000, tellings=[1000])

    assert ledger.find_charges("K7QP") == []


def test_unshuffled_events_never_overtake() -> None:
    control = Control()
    control.put(Switches(webhooks=WebhookManner(repeat=2, delay_seconds=(0, 60), shuffle=False)))

    moments = [moment for second in range(50) for moment in control.tellings(1000 + second)]

    assert moments == sorted(moments)
    assert len(moments) == 100


def test_usually_some_are_told_twice() -> None:
    control = Control()

    counts = [len(control.tellings(1000)) for _ in range(200)]

    assert set(counts) == {1, 2}
    assert 20 < counts.count(2) < 70
