"""One shop for all failing sinks, warmed up."""

from collections.abc import Iterator

import pytest

from tests.sinks.load import browse
from tests.sinks.outage import Outage, buy, live_through
from tests.sinks.programs import Programs, Sink, running_programs, running_sink
from tests.sinks.sink import Mode

FAILING = [mode for mode in Mode if mode is not Mode.HEALTHY]


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    with running_sink(tmp_path_factory.mktemp("sink")) as running:
        yield running


@pytest.fixture(scope="session")
def shop(sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    # One web worker: its queue is full the sooner.
    with running_programs(tmp_path_factory.mktemp("shop"), sink, WEB_WORKERS="1") as running:
        browse(running.shop, requests_count=600, seconds=20)
        buy(running)
        yield running


@pytest.fixture(scope="module", params=FAILING)
def outage(request: pytest.FixtureRequest, shop: Programs, sink: Sink) -> Outage:
    return live_through(shop, sink, request.param)
