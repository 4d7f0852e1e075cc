from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lifecycle.programs import Place, Site
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
