from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.payments.broker import Broker, publishing_to
from tests.verify.store import Store


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
