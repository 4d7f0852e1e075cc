from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from orders.models import Order
from payments.models import PaymentAttempt
from tests.payments.broker import Broker, publishing_to
from tests.verify.breaking import let_anything_in
from tests.verify.store import Store
from webstore.catalog.models import Product


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test may ring at anybody else's broker."""
    broker = Broker(tmp_path_factory.mktemp("broker") / "broker.sock")
    with publishing_to(broker.url):
        yield
    broker.stop()


@pytest.fixture
def store(db: None, _broker: None, tmp_path: Path) -> Store:
    return Store(tmp_path / "ledger.sqlite3")


@pytest.fixture
def unchecked(store: Store) -> Iterator[None]:
    """Lets rows in that the database itself would refuse."""
    for model in (Order, PaymentAttempt, Product):
        let_anything_in(model)
    yield
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA ignore_check_constraints = OFF")
