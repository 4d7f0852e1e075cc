"""Buying as tests need it: an order with its number and its checkout's trace."""

from dataclasses import dataclass

from tests.e2e.running import Demo
from webstore.demo.shopper import Wish


@dataclass(frozen=True)
class Bought:
    path: str
    number: str
    trace_id: str
    total_minor: int


def buy(demo: Demo, wish: Wish | None = None) -> Bought:
    """Buy one product through the forms; return the order as the database has it."""
    shopper = demo.shopper()
    for product_path in shopper.products():
        if shopper.add_to_cart(product_path, quantity=1):
            break
    path = shopper.check_out(wish or Wish())
    return order_at(demo, path)


def order_at(demo: Demo, path: str) -> Bought:
    token = path.rsplit("/", 1)[-1]
    sql = "SELECT number, trace_id, total_minor FROM orders_order WHERE token = ?"
    [(number, trace_id, total_minor)] = demo.rows(sql, token)
    return Bought(path, number, trace_id, total_minor)
