from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from orders.models import Order
from payments.models import PaymentAttempt
from tests.payments.broker import Broker
from tests.verify.breaking import let_anything_in
from tests.verify.store import Store
from webstore.catalog.models import Product


@pytest.fixture
def store(db: None, broker: Broker, tmp_path: Path) -> Store:
    return Store(tmp_path / "ledger.sqlite3")


@pytest.fixture
def unchecked(store: Store) -> Iterator[None]:
    """Lets rows in that the database itself would refuse."""
    for model in (Order, PaymentAttempt, Product):
        let_anything_in(model)
    yield
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA ignore_check_constraints = OFF")
