"""A running lens for the tests that need one, and a bare store for the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lens.process import LensProcess
from webstore.lens.pruning import Limits
from webstore.lens.store import Store

ROOMY = Limits(spans=10_000, bytes=64 * 2**20, age_seconds=3_600, series=100)


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LensProcess]:
    """Return a lens that the tests of one file share."""
    process = LensProcess(tmp_path_factory.mktemp("lens"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_lens(tmp_path: Path) -> Iterator[LensProcess]:
    """Return a lens for one test alone, which may break it."""
    process = LensProcess(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "lens.sqlite3", ROOMY)
    yield opened
    opened.close()
