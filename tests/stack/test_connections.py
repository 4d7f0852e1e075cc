"""What the programs' connections to the database live through."""

import pytest

from tests.e2e.evidence import eventually
from tests.stack.running import Stack
from webstore.demo.shopper import ShoppingFailed, Wish

ORDERS = 24
# What may connect at first: 2 × 4 threads of web, 3 children of workers, beat, and this test's readings.
MOST_SESSIONS = 16


def _buy(stack: Stack) -> str:
    shopper = stack.shopper()
    next(path for path in shopper.products() if shopper.add_to_cart(path))
    return shopper.check_out(Wish())


def _sessions(stack: Stack) -> int:
    [(count,)] = stack.rows("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
    return int(count)


def test_an_order_costs_no_new_connection(stack: Stack) -> None:
    before = _sessions(stack)
    paths = [_buy(stack) for _ in range(ORDERS)]
    states = [stack.shopper().wait(path, seconds=30) for path in paths]

    assert states == ["Paid"] * ORDERS
    assert _sessions(stack) - before <= MOST_SESSIONS


def test_a_database_that_restarted_is_found_again(stack: Stack) -> None:
    stack.supervisor.stop("postgres")
    stack.supervisor.start("postgres")
    # The first one may meet a connection that has just broken.
    path = eventually(lambda: _bought(stack))

    assert stack.shopper().wait(path, seconds=40) == "Paid"


def test_shelves_locked_for_long_mean_come_back_later(stack: Stack) -> None:
    shopper = stack.shopper()
    next(path for path in shopper.products() if shopper.add_to_cart(path))

    with stack.database() as other, other.transaction():
        other.execute("SELECT 1 FROM catalog_product FOR UPDATE")
        with pytest.raises(ShoppingFailed, match="/checkout answered 503"):
            shopper.check_out(Wish())

    assert "canceling statement due to lock timeout" in stack.log("postgres")
    assert shopper.wait(shopper.check_out(Wish()), seconds=30) == "Paid"


def _bought(stack: Stack) -> str:
    try:
        return _buy(stack)
    except ShoppingFailed:
        return ""
