"""One stack at 10 % sampling for all tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.stack.running import Stack, running_stack
from tests.stack.traffic import Traffic, generated
from webstore.demo import backends


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), WEBSTORE_TRACE_RATIO="0.1") as running:
        yield running


@pytest.fixture(scope="session")
def traffic(stack: Stack) -> Traffic:
    """Return when `generate-traffic.sh` sent shoppers here, all of whose orders are final."""
    return generated(stack)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which of the two ways was tried: both prove the same, so neither is a skip."""
    way = "Tempo" if backends.find("tempo") else "the lens (TEMPO_BIN names no program of Tempo 3)"
    terminalreporter.write_line(f"The stack's traces went to {way}.")
