"""A shop that works while it is judged: no false word, and nobody is held up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from orders.models import Order
from payments import closing
from payments.verify import ledger, settling
from payments.verify.snapshot import one_moment
from tests.verify.store import Store

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[Store], Any]


@contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Iterator[None]:
    """Act once, by another connection, between the moments of the database and of the ledger."""
    real, times = ledger.reading, iter([act])

    def reading(path: Path) -> Any:
        for once in times:
            thread = threading.Thread(target=_alone, args=(once,))
            thread.start()
            thread.join()
        return real(path)

    monkeypatch.setattr(ledger, "reading", reading)
    yield


def _alone(act: Callable[[], Any]) -> None:
    try:
        act()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "act", [Store.paid, Store.paid_again, lambda store: store.refunded(store.paid(), 1000)]
)
def test_what_happens_between_the_two_readings(
    store: Store, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    store.paid()

    with meanwhile(monkeypatch, lambda: act(store)):
        assert store.broken() == []

    assert Order.objects.count() == 2
    assert store.broken() == []


def test_what_stays_wrong_is_said_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with meanwhile(monkeypatch, lambda: store.charge("AAAA-2222")):
        assert len(store.broken()) == 1


def test_a_refund_that_ends_between_the_two_readings(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    order = store.paid()
    refund = store.refunding(order)

    with meanwhile(monkeypatch, lambda: store.sent(refund)):
        assert store.broken() == []


def test_one_moment_hides_what_comes_later(store: Store) -> None:
    store.paid()

    with one_moment():
        before = Order.objects.count()
        thread = threading.Thread(target=_alone, args=(store.paid,))
        thread.start()
        thread.join(10)
        during = Order.objects.count()

    assert (before, during, Order.objects.count()) == (1, 1, 2)


def test_a_ledger_is_read_as_of_one_moment(store: Store) -> None:
    order = store.paid()

    with ledger.reading(store.file) as book:
        second = store.charge(order.number)
        seen = [charge.id for charge in book.charges_of([order.number])[order.number]]

    assert second not in seen
    assert len(seen) == 1


def test_it_waits_until_a_payment_is_decided(store: Store) -> None:
    order = store.placed()
    deciding = threading.Timer(0.2, _alone, args=(lambda: closing.cancel(order),))
    deciding.start()

    is_settled = settling.settle(20)

    deciding.join()
    assert is_settled is True
    assert store.verdict().counts["cancelled"] == 1
