"""A running lens, and a client that asks it."""

from collections.abc import Iterator

import pytest

from tests.lens.process import LensProcess
from webstore.evidence.client import ReadSide


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LensProcess]:
    """Return a lens that the tests of one file share; each has a minute of its own."""
    process = LensProcess(tmp_path_factory.mktemp("lens"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def lens_url(lens: LensProcess) -> str:
    return lens.pages_url


@pytest.fixture
def read_side(lens_url: str) -> Iterator[ReadSide]:
    with ReadSide(metrics_url=lens_url, traces_url=lens_url) as asked:
        yield asked
