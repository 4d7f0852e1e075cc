from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lifecycle.place import Place
from tests.lifecycle.programs import Site
from tests.lifecycle.queue_programs import Beat, Broker, Worker
from tests.recording_sink import recording_sink


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with recording_sink() as sink:
        yield Place(tmp_path, sink)


@pytest.fixture
def start_site(place: Place) -> Iterator[Callable[..., Site]]:
    """Return what starts the small site; whatever still runs after the test is killed."""
    with ExitStack() as ends:

        def start(*options: str, **environment: str) -> Site:
            site = Site(place, *options, **environment)
            ends.callback(site.end)
            return site

        yield start


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    # A socket's address must be short.
    broker = Broker(tmp_path_factory.mktemp("b"))
    yield broker
    broker.stop()


@pytest.fixture
def start_worker(place: Place, broker: Broker) -> Iterator[Callable[..., Worker]]:
    """Return what starts a worker; one that still runs after the test is killed."""
    with ExitStack() as ends:

        def start(**environment: str) -> Worker:
            worker = Worker(place, broker, **environment)
            ends.callback(worker.end)
            return worker

        yield start


@pytest.fixture
def beat(place: Place, broker: Broker) -> Iterator[Beat]:
    beat = Beat(place, broker)
    yield beat
    beat.end()
