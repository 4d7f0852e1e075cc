"""One tree of processes for all rows that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.faults.postgres import PostgresTree, running_on_postgres
from tests.faults.recovery import record_recovery
from tests.faults.tree import Tree, running_tree

__all__ = ["record_recovery"]


@pytest.fixture(scope="session")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    with running_tree(tmp_path_factory.mktemp("tree"), through=("provider", "broker")) as running:
        yield running


@pytest.fixture(scope="session")
def _one_postgres_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTree]:
    with running_on_postgres(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture
def postgres_tree(_one_postgres_tree: PostgresTree) -> Iterator[PostgresTree]:
    """Return the one tree on PostgreSQL, mended after each test like the other."""
    yield _one_postgres_tree
    _one_postgres_tree.mend()


@pytest.fixture
def tree(shared_tree: Tree) -> Iterator[Tree]:
    """Return the tree that most rows share. It is mended after each, whatever that one left behind."""
    yield shared_tree
    shared_tree.mend()


@pytest.fixture(params=["tree", "postgres_tree"])
def any_tree(request: pytest.FixtureRequest) -> Tree:
    """Return the tree on either database."""
    found: Tree = request.getfixturevalue(request.param)
    return found
