from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.payments.broker import Broker, publish_to, publishing_to
from tests.payments.edge import Edge
from tests.serving import served


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker") / "broker.sock")
    with publishing_to(broker.url):
        yield broker
    broker.stop()


@pytest.fixture(autouse=True)
def broker(_broker: Broker) -> Broker:
    """Return the tests' broker, empty. No test of payments may ring at anybody else's."""
    # Other folders have brokers of their own, and tests of several folders take turns.
    publish_to(_broker.url)
    _broker.empty()
    return _broker


@pytest.fixture
def edge(settings: Settings) -> Iterator[Edge]:
    """Return a scripted provider that the shop asks."""
    with served(Edge()) as server:
        settings.PROVIDER_URL = server.url
        settings.PROVIDER_DEADLINE_SECONDS = 2.0
        yield server
        server.let_go.set()
