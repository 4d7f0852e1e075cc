from collections.abc import Iterator
from pathlib import Path

import pytest

from payments.sandbox.ledger import Ledger
from tests.sandbox.provider import Provider


@pytest.fixture(scope="module")
def shared_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Return one running provider for a whole file; its tests use references of their own."""
    provider = Provider(tmp_path_factory.mktemp("provider") / "ledger.sqlite3")
    provider.start()
    yield provider
    provider.end()


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Return a running provider of one's own, to stop and to kill."""
    provider = Provider(tmp_path / "ledger.sqlite3")
    provider.start()
    yield provider
    provider.end()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield ledger
    ledger.connection().close()
