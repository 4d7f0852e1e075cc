"""One shop that is abused, and a sink that keeps every byte the shop sends about it."""

from collections.abc import Iterator

import pytest

from tests.sinks.programs import Programs, Sink, running_programs, running_sink


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    with running_sink(tmp_path_factory.mktemp("abuse-sink")) as running:
        yield running


@pytest.fixture(scope="session")
def shop(sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    with running_programs(tmp_path_factory.mktemp("abused"), sink) as running:
        yield running
