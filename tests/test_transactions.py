import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
from django.db import OperationalError, connections

from tests.catalog.builders import a_product
from webstore.catalog.models import Product
from webstore.transactions import in_transaction

pytestmark = pytest.mark.django_db(transaction=True)


def _failing(times: int, cause: psycopg.Error) -> Callable[[], str]:
    """Return work that adds a product, and then is given up by the database so many times."""
    left = iter(range(times))

    def work() -> str:
        a_product()
        if next(left, None) is not None:
            raise OperationalError from cause
        return "done"

    return work


@pytest.mark.parametrize("cause", [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()])
def test_what_was_given_up_three_times_comes_through_once(cause: psycopg.Error) -> None:
    assert in_transaction(_failing(3, cause)) == "done"

    assert Product.objects.count() == 1


def test_a_fourth_time_is_one_too_many() -> None:
    with pytest.raises(OperationalError):
        in_transaction(_failing(4, psycopg.errors.DeadlockDetected()))

    assert Product.objects.count() == 0


def test_a_lock_that_never_came_is_not_waited_for_again() -> None:
    with pytest.raises(OperationalError):
        in_transaction(_failing(1, psycopg.errors.LockNotAvailable()))

    assert Product.objects.count() == 0


@pytest.mark.parametrize("cause", [psycopg.errors.LockNotAvailable(), psycopg.errors.QueryCanceled()])
def test_who_waits_for_locks_gets_one_that_comes_late(cause: psycopg.Error) -> None:
    work = _failing(3, cause)

    assert in_transaction(work, waits_for_locks=True) == "done"
    assert Product.objects.count() == 1


def test_nobody_waits_for_a_lock_for_ever() -> None:
    with pytest.raises(OperationalError):
        in_transaction(_failing(4, psycopg.errors.LockNotAvailable()), waits_for_locks=True)

    assert Product.objects.count() == 0


def test_two_that_wait_for_each_other_both_come_through() -> None:
    first, second = a_product("Fern"), a_product("Cactus")
    both_hold_one = threading.Barrier(2)

    def sell(*products: Product) -> None:
        for product in products:
            Product.objects.filter(pk=product.pk).update(on_hand=5)
            with suppress(threading.BrokenBarrierError):
                both_hold_one.wait(1)

    def run(*products: Product) -> None:
        try:
            in_transaction(lambda: sell(*products))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(run, first, second), pool.submit(run, second, first)]

    assert [future.exception() for future in futures] == [None, None]
