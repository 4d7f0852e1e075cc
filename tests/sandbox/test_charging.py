"""Keys over time: forgotten, left behind by a crash, or asked by too many at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from payments.sandbox import answers
from payments.sandbox.charging import MAX_RUNNING, Till
from payments.sandbox.ledger import KEY_KEPT_SECONDS, Ledger
from payments.sandbox.parsing import ChargeRequest

APPROVE = ChargeRequest(amount=4186, currency="usd", source="tok_approve", reference="K7QP")
HANG = ChargeRequest(amount=4186, currency="usd", source="tok_timeout", reference="K7QP")
FAIL = ChargeRequest(amount=4186, currency="usd", source="tok_fail", reference="K7QP")


class PowerCut(BaseException):
    pass


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def no_wait(_seconds: float) -> None:
    pass


def cut_the_power(_seconds: float) -> None:
    raise PowerCut


def open_till(ledger: Ledger, *, wait: Callable[[float], None] = no_wait, clock: Clock | None = None) -> Till:
    return Till(ledger, wait=wait, clock=clock or Clock())


def test_key_is_remembered_for_a_day(ledger: Ledger) -> None:
    clock = Clock()
    till = open_till(ledger, clock=clock)
    first = till.charge("k", APPROVE)
    clock.now += KEY_KEPT_SECONDS

    again = till.charge("k", APPROVE)

    assert (again.is_replayed, again.body) == (True, first.body)


def test_forgotten_key_charges_again(ledger: Ledger) -> None:
    clock = Clock()
    till = open_till(ledger, clock=clock)
    first = till.charge("k", APPROVE)
    clock.now += KEY_KEPT_SECONDS + 1

    again = till.charge("k", APPROVE)

    assert not again.is_replayed
    assert again.body != first.body
    assert len(ledger.find_charges("K7QP")) == 2


def test_charge_of_a_crashed_run_is_the_answer(ledger: Ledger) -> None:
    with pytest.raises(PowerCut):
        open_till(ledger, wait=cut_the_power).charge("k", HANG)

    answer = open_till(ledger, wait=cut_the_power).charge("k", HANG)

    [charge] = ledger.find_charges("K7QP")
    assert (answer.status, answer.body, answer.is_replayed) == (200, answers.charged(charge).body, True)


def test_run_that_crashed_before_charging_runs_again(ledger: Ledger) -> None:
    with pytest.raises(PowerCut):
        open_till(ledger, wait=cut_the_power).charge("k", FAIL)

    answer = open_till(ledger).charge("k", FAIL)

    assert answer == answers.Answer(500, answers.BROKEN.body)
    assert ledger.find_charges("K7QP") == []


def test_run_that_broke_leaves_its_key_free(ledger: Ledger) -> None:
    waits = iter([cut_the_power, no_wait])

    def break_once(seconds: float) -> None:
        next(waits)(seconds)

    till = open_till(ledger, wait=break_once)
    with pytest.raises(PowerCut):
        till.charge("k", HANG)

    answer = till.charge("k", HANG)

    assert (answer.status, answer.is_replayed) == (200, True)


def test_ledger_that_breaks_after_charging_promises_nothing(ledger: Ledger) -> None:
    def break_the_ledger(_seconds: float) -> None:
        ledger.connection().execute("ALTER TABLE requests RENAME TO gone")

    till = open_till(ledger, wait=break_the_ledger)
    assert till.charge("k", APPROVE) == answers.UNCERTAIN

    ledger.connection().execute("ALTER TABLE gone RENAME TO requests")
    [charge] = ledger.find_charges("K7QP")
    assert till.charge("k", APPROVE) == answers.Answer(200, answers.charged(charge).body, is_replayed=True)


def test_entry_without_charge_or_answer_is_finished_by_the_next(ledger: Ledger) -> None:
    ledger.enter("k", APPROVE, now=Clock().now)

    answer = open_till(ledger).charge("k", APPROVE)

    [charge] = ledger.find_charges("K7QP")
    assert (answer.status, answer.body, answer.is_replayed) == (200, answers.charged(charge).body, False)


def test_two_processes_on_one_entry_make_one_charge(ledger: Ledger) -> None:
    second = open_till(ledger)
    heard = []
    first = open_till(ledger, wait=lambda _seconds: heard.append(second.charge("k", APPROVE)))

    heard.append(first.charge("k", APPROVE))

    assert [answer.body for answer in heard] == [answers.charged(ledger.find_charges("K7QP")[0]).body] * 2
    assert len(ledger.find_charges("K7QP")) == 1


def test_running_key_is_in_use_even_while_it_hangs(ledger: Ledger) -> None:
    heard = []
    till = open_till(ledger, wait=lambda _seconds: heard.append(till.charge("k", HANG)))

    first = till.charge("k", HANG)

    assert heard == [answers.KEY_IN_USE]
    assert till.charge("k", HANG) == answers.Answer(200, first.body, is_replayed=True)


def test_other_parameters_are_refused_while_the_key_runs(ledger: Ledger) -> None:
    heard = []
    till = open_till(ledger, wait=lambda _seconds: heard.append(till.charge("k", APPROVE)))

    till.charge("k", HANG)

    assert heard == [answers.OTHER_PARAMETERS]


def test_one_too_many_is_told_to_slow_down(ledger: Ledger) -> None:
    all_in, leave = threading.Barrier(MAX_RUNNING + 1), threading.Event()

    def hang(_seconds: float) -> None:
        all_in.wait(10)
        leave.wait(10)

    till = open_till(ledger, wait=hang)
    with ThreadPoolExecutor(MAX_RUNNING) as pool:
        running = [pool.submit(till.charge, f"k{index}", APPROVE) for index in range(MAX_RUNNING)]
        all_in.wait(10)
        assert till.charge("one more", APPROVE) == answers.TOO_MANY
        leave.set()

    assert {future.result().status for future in running} == {200}
    assert len(ledger.find_charges("K7QP")) == MAX_RUNNING
