"""Two replicas of web and of worker send to one sink and stay apart."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.e2e import evidence
from tests.e2e.buying import Bought, order_at
from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, Demo, free_places
from webstore.demo.shopper import Shopper, Wish

ORDERS_EACH = 6
BIN = Path(sys.executable).parent


@contextmanager
def _program(demo: Demo, *command: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={**demo.environment(), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def orders(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bought]]:
    port = free_places(tmp_path_factory.mktemp("second")).web_port
    second = f"http://127.0.0.1:{port}"
    web = ("gunicorn", "-c", "webstore/gunicorn.py", "webstore.wsgi")
    worker = ("celery", "-A", "webstore", "worker", "-Q", "payments", "-n", "second@%h", "-c", "2")
    with (
        _program(demo, *web, WEBSTORE_INSTANCE="web-b", WEB_BIND=f"127.0.0.1:{port}"),
        _program(demo, *worker, WEBSTORE_INSTANCE="worker-b"),
    ):
        eventually(lambda: _answers(second))
        yield [_buy_at(demo, shop) for shop in (demo.shop, second) for _ in range(ORDERS_EACH)]


def _answers(shop: str) -> bool:
    try:
        return requests.get(f"{shop}/readyz", timeout=2).ok
    except requests.ConnectionError:
        return False


def _buy_at(demo: Demo, shop: str) -> Bought:
    shopper = Shopper(shop)
    for path in shopper.products():
        if shopper.add_to_cart(path):
            break
    order = order_at(demo, shopper.check_out(Wish(country="JP")))
    assert shopper.wait(order.path, seconds=30) == "Paid"
    return order


def test_counts_add_up_over_the_replicas(demo: Demo, orders: list[Bought]) -> None:
    query = 'webstore_checkout_amount_count{country="JP"}'

    eventually(lambda: evidence.total(demo.lens, query) >= len(orders))
    by_instance = evidence.values(demo.lens, query)
    assert sum(value for _, value in by_instance) == len(orders)


def test_both_web_replicas_are_told_apart(demo: Demo, orders: list[Bought]) -> None:
    labels = [
        labels for labels, _ in evidence.values(demo.lens, 'webstore_checkout_amount_count{country="JP"}')
    ]

    replicas = {found["instance"].split("/")[0] for found in labels}
    assert replicas == {"web", "web-b"}


def _payers(demo: Demo, orders: list[Bought]) -> list[str]:
    """Return who processed each order's payment, as far as its spans have arrived."""
    return [
        span.instance
        for order in orders
        for span in evidence.trace(demo.lens, order.trace_id)
        if span.name == "process_payment"
    ]


def test_both_worker_replicas_are_told_apart(demo: Demo, orders: list[Bought]) -> None:
    eventually(lambda: len(_payers(demo, orders)) >= len(orders))
    instances = _payers(demo, orders)

    assert len(instances) == len(orders)
    assert {instance.split("/")[0] for instance in instances} <= {"worker-payments", "worker-b"}
