"""F12–F14: the provider fails, asks for patience, loses its answer, or drips it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.payments import Payment
from tests.faults.provider import SILENT
from tests.faults.recovery import NoteRecovery, is_thorough
from tests.faults.tree import Tree

PROVIDER_BACK_SECONDS = 30
# Longer, and the next try is as far away as it gets.
OUTAGE_SECONDS = 30 if is_thorough() else 12
# The shop's own limit for one call; without it the task's would end it, which writes nothing
# down, and the next try would come after the lease.
DEADLINE_SECONDS = 8
LEASE_SECONDS = 12


def test_provider_that_stores_nothing_hears_the_same_key_later(tree: Tree) -> None:
    tree.provider.switch("unavailable", count=2)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    waits = payment.waits()

    # 2 and 6 s, spread by a quarter.
    assert 1.5 <= waits[1] <= 2.5
    assert 4.5 <= waits[2] <= 7.5
    assert payment.states == [("approved", 3)]
    # What it refused it did not even write down.
    assert [asked.times for asked in payment.asked] == [1]
    assert tree.violations() == []


def test_customers_of_one_outage_do_not_come_back_all_at_once(tree: Tree) -> None:
    tree.provider.switch("unavailable", count=4)
    payments = [Payment(tree, sale) for sale in tree.customers.buy(4)]
    with ThreadPoolExecutor(4) as pool:
        firsts = [waits[1] for waits in pool.map(Payment.waits, payments)]

    # Spread over a second.
    assert max(firsts) - min(firsts) > 0.05
    assert tree.violations() == []


def test_patience_the_provider_asks_for_is_obeyed(tree: Tree) -> None:
    tree.provider.switch("rate_limit", count=1, retry_after=6)
    [sale] = tree.customers.buy()
    waits = Payment(tree, sale).waits()

    assert waits[1] == pytest.approx(6, abs=0.1)
    assert tree.violations() == []


def test_failure_after_charging_is_looked_up(tree: Tree) -> None:
    tree.provider.switch("error_after", status=502, count=1, webhooks=SILENT)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    tree.wait_paid([sale], within=PROVIDER_BACK_SECONDS)

    # The same key hears the same failure; only then the charge is looked for.
    assert payment.states == [("approved", 2)]
    assert [(asked.times, asked.replayed) for asked in payment.asked] == [(2, 1)]
    assert payment.is_charged_once
    assert tree.violations() == []


def test_failure_before_charging_leads_to_another_key(tree: Tree) -> None:
    tree.provider.switch("error_before", status=500, count=1)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    tree.wait_paid([sale], within=PROVIDER_BACK_SECONDS)

    assert [state for state, _ in payment.states] == ["error", "approved"]
    first, second = payment.asked
    assert (first.times, first.replayed, second.times) == (2, 1, 1)
    assert payment.is_charged_once
    assert tree.violations() == []


def test_lost_answer_is_heard_again_with_the_same_key(tree: Tree) -> None:
    tree.provider.switch("lose_answer", count=1, webhooks=SILENT)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    payment.await_state("unknown")
    assert payment.is_charged_once
    tree.wait_paid([sale], within=15)

    assert payment.states == [("approved", 2)]
    assert [(asked.times, asked.replayed) for asked in payment.asked] == [(2, 1)]
    assert payment.is_charged_once
    assert tree.violations() == []


def test_answer_lost_on_the_way_is_heard_again(tree: Tree) -> None:
    tree.provider.set_webhooks(**SILENT)
    with tree.proxies["provider"].spoiled(limit=0, ways=("back",)):
        [sale] = tree.customers.buy()
        payment = Payment(tree, sale)
        payment.await_state("unknown")
    tree.wait_paid([sale], within=15)

    assert len(payment.asked) == 1
    assert payment.is_charged_once
    assert tree.violations() == []


def test_dripping_answer_is_ended_by_the_total_deadline(tree: Tree) -> None:
    tree.provider.switch("drip", seconds=2, count=1, webhooks=SILENT)
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    payment.await_state("unknown")
    seconds = payment.seconds_between("charging", "no_answer")
    tree.wait_paid([sale], within=15)

    assert DEADLINE_SECONDS <= seconds < LEASE_SECONDS
    assert len(payment.asked) == 1
    assert payment.is_charged_once
    assert tree.violations() == []


def test_provider_that_is_back_is_asked_soon(tree: Tree, record_recovery: NoteRecovery) -> None:
    with tree.without("provider"):
        sales = tree.customers.buy(4)
        time.sleep(OUTAGE_SECONDS)
    seconds = tree.wait_paid(sales, within=PROVIDER_BACK_SECONDS)

    record_recovery("F12", seconds, bound=PROVIDER_BACK_SECONDS)
    assert tree.violations() == []
