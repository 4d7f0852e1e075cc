from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.payments.broker import Broker
from tests.payments.edge import Edge
from tests.serving import served


@pytest.fixture(autouse=True)
def _own_broker(broker: Broker) -> None:
    """No test of payments may ring at anybody else's."""


@pytest.fixture
def edge(settings: Settings) -> Iterator[Edge]:
    """Return a scripted provider that the shop asks."""
    with served(Edge()) as server:
        settings.PROVIDER_URL = server.url
        settings.PROVIDER_DEADLINE_SECONDS = 2.0
        yield server
        server.let_go.set()
