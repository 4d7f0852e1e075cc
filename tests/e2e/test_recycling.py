"""Workers that end after every task lose nothing."""

from collections.abc import Iterator

import pytest

from tests.e2e import evidence
from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo, running_demo

ORDERS = 20
WHOLE = {
    "POST /checkout",
    "validate_cart",
    "check_inventory",
    "create_order",
    "apply_async/payments.tasks.charge",
    "run/payments.tasks.charge",
    "process_payment",
    "payment_provider_api",
    "POST /v1/charges",
}


@pytest.fixture(scope="module")
def recycling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("recycling"), WORKER_MAX_TASKS_PER_CHILD="1") as running:
        yield running


@pytest.fixture(scope="module")
def orders(recycling: Demo) -> list[Bought]:
    bought = [buy(recycling) for _ in range(ORDERS)]
    states = [recycling.shopper().wait(order.path, seconds=60) for order in bought]
    assert states == ["Paid"] * ORDERS
    return bought


def test_every_trace_is_complete(recycling: Demo, orders: list[Bought]) -> None:
    def incomplete() -> dict[str, set[str]]:
        missing = {order.number: WHOLE - _names(recycling, order) for order in orders}
        return {number: names for number, names in missing.items() if names}

    eventually(lambda: not incomplete())
    assert incomplete() == {}


def test_no_payment_is_missing_from_the_count(recycling: Demo, orders: list[Bought]) -> None:
    query = "webstore_payment_duration_count"

    eventually(lambda: evidence.total(recycling.lens, query) >= len(orders))
    assert evidence.total(recycling.lens, query) == len(orders)


def test_successors_reuse_the_slots(recycling: Demo, orders: list[Bought]) -> None:
    instances = {
        span.instance
        for order in orders
        for span in evidence.trace(recycling.lens, order.trace_id)
        if span.name == "process_payment"
    }

    assert instances <= {"worker-payments/0", "worker-payments/1", "worker-payments/2"}


def _names(demo: Demo, order: Bought) -> set[str]:
    return {span.name for span in evidence.trace(demo.lens, order.trace_id)}
