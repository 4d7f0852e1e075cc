"""Rows as only a broken program, or a hand, could leave them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from orders.models import Order


def let_anything_in(model: type[models.Model]) -> None:
    """Forget a table's CHECK constraints until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        table = model._meta.db_table
        for name, found in connection.introspection.get_constraints(cursor, table).items():
            if found["check"]:
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


@contextmanager
def one_form_may_order_twice() -> Iterator[None]:
    unique = Order._meta.get_field("checkout_token")
    repeated = models.UUIDField()
    repeated.set_attributes_from_name("checkout_token")
    repeated.model = Order
    _alter(unique, repeated)
    try:
        yield
    finally:
        Order.objects.all().delete()
        _alter(repeated, unique)


def _alter(before: Any, after: Any) -> None:
    with connection.schema_editor() as editor:
        editor.alter_field(Order, before, after)
