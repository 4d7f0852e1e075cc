"""F25: workers whose children end after every second task lose no order, no span and no dot."""

import json
import time
from collections.abc import Iterator, Sequence

import pytest

from tests.e2e import evidence
from tests.faults.customers import Sale
from tests.faults.managing import manage
from tests.faults.recovery import is_thorough
from tests.faults.tree import Tree, running_tree

# `make faults` takes its time.
ORDERS = 500 if is_thorough() else 60
WHOLE = {"POST /checkout", "create_order", "process_payment", "payment_provider_api", "POST /v1/charges"}
COUNT = "webstore_payment_duration_count"
# Beyond the last export of spans and metrics.
_SETTLE_SECONDS = 12
_AUDIT_SECONDS = 300


@pytest.fixture(scope="module")
def recycling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    folder = tmp_path_factory.mktemp("recycling")
    with running_tree(folder, WORKER_MAX_TASKS_PER_CHILD="2") as running:
        yield running


@pytest.fixture(scope="module")
def sales(recycling: Tree) -> Sequence[Sale]:
    bought = recycling.customers.buy(ORDERS)
    recycling.wait_paid(bought, within=ORDERS)
    time.sleep(_SETTLE_SECONDS)
    return bought


def test_no_order_is_lost(recycling: Tree, sales: Sequence[Sale]) -> None:
    assert [recycling.charge_count(sale) for sale in sales] == [1] * ORDERS
    assert recycling.violations() == []


def test_no_span_is_lost(recycling: Tree, sales: Sequence[Sale]) -> None:
    def names(sale: Sale) -> set[str]:
        return {span.name for span in evidence.trace(recycling.lens, recycling.trace_id(sale))}

    missing = {sale.number: WHOLE - names(sale) for sale in sales}
    assert {number: lost for number, lost in missing.items() if lost} == {}


def test_no_exemplar_is_lost(recycling: Tree, sales: Sequence[Sale]) -> None:
    done = manage(recycling.environment(), "audit", "--json", timeout_seconds=_AUDIT_SECONDS)

    found = json.loads(done.stdout)["exemplars"]
    assert found["alive"] > 0
    assert {state: count for state, count in found.items() if count and state != "alive"} == {}


def test_payments_are_counted_within_a_twentieth(recycling: Tree, sales: Sequence[Sale]) -> None:
    assert evidence.total(recycling.lens, COUNT) == pytest.approx(ORDERS, rel=0.05)
