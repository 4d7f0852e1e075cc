"""F26: web and workers are replaced while people buy."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, free_places
from tests.faults.customers import Customers, Sale
from tests.faults.supervised import children_of, end
from tests.faults.tree import Tree
from webstore.demo.places import HOST
from webstore.demo.shopper import Wish

BUYERS = 3
PAID_SECONDS = 40


@contextmanager
def _crowd(customers: Customers) -> Iterator[list[Sale]]:
    """Let people buy for as long as the block runs; whatever fails for them fails here."""
    sales: list[Sale] = []
    is_over = threading.Event()

    def buy() -> None:
        while not is_over.is_set():
            sales.append(customers.send(customers.fill(Wish())))

    with ThreadPoolExecutor(BUYERS) as pool:
        buying = [pool.submit(buy) for _ in range(BUYERS)]
        try:
            yield sales
        finally:
            is_over.set()
        for bought in buying:
            bought.result()


def _all_was_well(tree: Tree, sales: list[Sale]) -> None:
    assert len(sales) >= BUYERS
    assert {(sale.status, bool(sale.number)) for sale in sales} == {(302, True)}
    tree.wait_paid(sales, within=PAID_SECONDS)
    assert tree.violations() == []


def test_web_workers_replaced_by_hup(tree: Tree) -> None:
    master, *before = tree.pids("web")
    with _crowd(tree.customers) as sales:
        time.sleep(1)
        tree.kill([master], signal.SIGHUP)
        assert eventually(lambda: not set(before) & set(tree.pids("web")))
        time.sleep(1)

    assert tree.pids("web")[0] == master
    _all_was_well(tree, sales)


def test_worker_stopped_softly(tree: Tree) -> None:
    with _crowd(tree.customers) as sales:
        time.sleep(1)
        with tree.without("worker-payments"):
            time.sleep(1)
        time.sleep(1)

    _all_was_well(tree, sales)


def test_web_program_replaced_by_usr2(tree: Tree, tmp_path: Path) -> None:
    port, pid_file = free_places(tmp_path).web_port, tmp_path / "gunicorn.pid"
    customers = replace(tree.customers, shop=tree.places.url(port, ""))
    with _gunicorn(tree, port, pid_file) as old:
        assert eventually(lambda: _answers(port))
        with _crowd(customers) as sales:
            time.sleep(1)
            old.send_signal(signal.SIGUSR2)
            assert eventually(lambda: _successor(pid_file))
            end(old)
            bought = len(sales)
            served = eventually(lambda: len(sales) >= bought + BUYERS)

    assert served, (tmp_path / "gunicorn.log").read_text()
    _all_was_well(tree, sales)


@contextmanager
def _gunicorn(tree: Tree, port: int, pid_file: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one more web program as production does: as a script. A module cannot start itself anew."""
    command = [f"{sys.prefix}/bin/gunicorn", "-c", "webstore/gunicorn.py", "--pid", str(pid_file)]
    own = tree.environment() | {"WEB_BIND": f"{HOST}:{port}", "WEBSTORE_INSTANCE": "web-b"}
    with pid_file.with_suffix(".log").open("w") as log:
        old = subprocess.Popen([*command, "webstore.wsgi"], cwd=ROOT, env=own, stdout=log, stderr=log)
        try:
            yield old
        finally:
            # The new one first, while it can still be told from others.
            tree.kill(_masters(pid_file) - {old.pid}, signal.SIGTERM)
            end(old)


def _masters(pid_file: Path) -> set[int]:
    """Return who says that it serves: while one replaces another, both."""
    files = (pid_file, pid_file.with_name(f"{pid_file.name}.2"))
    return {int(file.read_text()) for file in files if file.exists()}


def _successor(pid_file: Path) -> int:
    """Return the new master once it has workers at work, 0 before."""
    beside = pid_file.with_name(f"{pid_file.name}.2")
    pid = int(beside.read_text()) if beside.exists() else 0
    # Loaded, a worker is larger than its master.
    workers = children_of(pid) if pid else []
    return pid if len(workers) > 1 and min(map(_memory, workers)) > _memory(pid) else 0


def _memory(pid: int) -> int:
    """Return the pages a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://{HOST}:{port}/readyz", timeout=2).ok
    except requests.ConnectionError:
        return False
