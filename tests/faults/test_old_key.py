"""F15: the provider has forgotten the key, and nobody knows whether it charged."""

from tests.faults.payments import Payment
from tests.faults.provider import SILENT
from tests.faults.tree import Tree

FORGOTTEN_HOURS = 25


def test_charge_behind_a_forgotten_key_is_found(tree: Tree) -> None:
    tree.provider.switch("lose_answer", count=1, webhooks=SILENT)
    payment = _unknown(tree)
    payment.age_key(hours=FORGOTTEN_HOURS)
    tree.wait_paid([payment.sale], within=15)

    # Asked once and never again: not with the old key, nor with another.
    assert [asked.times for asked in payment.asked] == [1]
    assert payment.states == [("approved", 2)]
    assert payment.is_charged_once
    assert tree.violations() == []


def test_forgotten_key_that_charged_nothing_has_a_successor(tree: Tree) -> None:
    with tree.proxies["provider"].spoiled(limit=0, ways=("there",)):
        payment = _unknown(tree)
    assert payment.asked == []
    payment.age_key(hours=FORGOTTEN_HOURS)
    tree.wait_paid([payment.sale], within=30)

    assert [state for state, _ in payment.states] == ["error", "approved"]
    assert payment.is_charged_once
    assert tree.violations() == []


def test_look_up_without_an_answer_charges_nothing(tree: Tree) -> None:
    tree.provider.switch("lose_answer", count=1, webhooks=SILENT)
    payment = _unknown(tree)
    tree.provider.switch("unavailable")
    payment.age_key(hours=FORGOTTEN_HOURS)
    payment.await_tries(2)

    assert [attempt.state for attempt in tree.attempts(payment.sale)] == ["unknown"]
    tree.provider.reset()
    tree.wait_paid([payment.sale], within=30)
    assert payment.is_charged_once
    assert tree.violations() == []


def _unknown(tree: Tree) -> Payment:
    """Return a payment that was asked for once, has no answer, and waits for nobody."""
    [sale] = tree.customers.buy()
    payment = Payment(tree, sale)
    payment.await_state("unknown")
    payment.hold()
    return payment
