"""The broker may go and come back: no order notices for long."""

import os
import signal
import time
from pathlib import Path

from tests.e2e import evidence
from tests.e2e.buying import buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish

PAID = {"POST /checkout", "process_payment", "POST /v1/charges"}


def test_order_placed_without_broker_is_paid_by_the_sweep_in_its_own_trace(demo: Demo) -> None:
    demo.supervisor.stop("broker")
    try:
        began = time.monotonic()
        order = buy(demo)
        took = time.monotonic() - began
        state_without_broker = demo.shopper().state(order.path)
    finally:
        demo.supervisor.start("broker")

    assert state_without_broker == "Paying…"
    assert took < 5
    assert demo.shopper().wait(order.path, seconds=60) == "Paid"
    assert demo.ledger(order.number) == [("succeeded", order.total_minor)]
    eventually(lambda: _paid_in(demo, order.trace_id) == PAID)
    assert _paid_in(demo, order.trace_id) == PAID


def _paid_in(demo: Demo, trace_id: str) -> set[str]:
    names = {span.name for span in evidence.trace(demo.lens, trace_id)}
    return names & PAID


def test_hanging_broker_is_an_outage_like_any_other(demo: Demo) -> None:
    broker = demo.supervisor.pid("broker")
    server = int(Path(f"/proc/{broker}/task/{broker}/children").read_text())
    os.kill(server, signal.SIGSTOP)
    try:
        order = buy(demo)
        time.sleep(2)
    finally:
        os.kill(server, signal.SIGCONT)

    assert demo.shopper().wait(order.path, seconds=30) == "Paid"
    assert demo.ledger(order.number) == [("succeeded", order.total_minor)]


def test_worker_whose_every_place_was_taken_returns_from_an_outage(demo: Demo) -> None:
    slow = [buy(demo, Wish(payment_token="tok_slow")) for _ in range(3)]
    time.sleep(1)
    demo.supervisor.stop("broker")
    try:
        time.sleep(5)
    finally:
        demo.supervisor.start("broker")
    order = buy(demo)

    paths = [bought.path for bought in (*slow, order)]
    assert [demo.shopper().wait(path, seconds=60) for path in paths] == ["Paid"] * 4
