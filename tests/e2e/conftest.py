"""One running demo for all tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.e2e.running import Demo, running_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
