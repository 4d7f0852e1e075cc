"""Programs that are not Python's; a test skips where one is missing, and says how to get it."""

from pathlib import Path

import pytest

from webstore.demo import backends


def skip_without(*names: str) -> None:
    """Skip the test when this machine lacks some of these back ends."""
    if lacks := backends.missing(*names):
        pytest.skip(lacks)


def program(name: str) -> Path:
    """Return where one of them is."""
    skip_without(name)
    found = backends.find(name)
    assert found is not None
    return found
