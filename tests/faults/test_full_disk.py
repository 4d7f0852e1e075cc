"""F20: the disk under the shop's database is full."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.payments import Payment, orders_of
from tests.faults.tree import Tree, running_tree
from webstore.demo.shopper import Wish

SIZE = "16m"


@dataclass(frozen=True)
class SmallDiskTree(Tree):
    disk: Path

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.disk}/shop.sqlite3?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(sql, parameters).fetchall()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Take the last byte of the disk, for as long as the block takes."""
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4_096)
        assert shutil.disk_usage(self.disk).free == 0
        try:
            yield
        finally:
            ballast.unlink()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a small file system in memory, which only root may mount."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk is mounted by root alone, in a container with --privileged: {done.stderr}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def tree(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDiskTree]:
    url = f"sqlite:///{disk}/shop.sqlite3"
    with running_tree(tmp_path_factory.mktemp("small"), DATABASE_URL=url) as running:
        yield SmallDiskTree(**{**vars(running), "disk": disk})


def test_full_disk_means_come_back_later_and_nothing_half(tree: SmallDiskTree) -> None:
    form = tree.customers.fill(Wish())
    before = tree.customers.buy(2, wish=Wish(payment_token="tok_slow"))
    pids = tree.pids("web") + tree.pids("worker-payments")
    with tree.full():
        sale = tree.customers.send(form)
        page = requests.get(f"{tree.shop}/products", timeout=20)
        orders_meanwhile = orders_of(tree, form)

    assert (sale.status, sale.retry_after, orders_meanwhile) == (503, "30", 0)
    assert page.status_code == 200
    # The same form, once there is room again; nothing was restarted for it.
    later = tree.customers.send(form)
    tree.wait_paid([*before, later], within=30)
    assert tree.pids("web") + tree.pids("worker-payments") == pids
    assert all(Payment(tree, bought).is_charged_once for bought in (*before, later))
    assert tree.violations() == []
