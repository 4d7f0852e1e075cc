"""One outage of the sink as the shop lives through it, written down for the tests."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.e2e.evidence import eventually
from tests.sinks.load import Load, browse
from tests.sinks.programs import SENDERS, Programs, Record, Sink
from tests.sinks.sink import Mode
from webstore.demo.shopper import Wish

WHOLE = {"POST /checkout", "create_order", "process_payment", "payment_provider_api", "POST /v1/charges"}
# More than the one web worker may keep.
FILLING_REQUESTS = 2_500
FEW_REQUESTS = 400
# Ten times what an idle machine takes: a busy one must fill the queue as well.
_LONGEST_SECONDS = 120
# Within so many every process has sent its metrics once more.
_METRICS_SECONDS = 2.5
# No lens runs here, and the audit that beat asks for every minute says so.
_NO_LENS = "webstore.auditing"


@dataclass(frozen=True)
class Outage:
    mode: Mode
    load: Load
    state: str
    trace_id: str
    growth_mib: dict[int, float]
    logged: str
    ended_ns: int
    before: Record
    after: Record

    @property
    def complaints(self) -> Counter[str]:
        """Return how often each text was logged that says something is wrong."""
        lines = [line for line in self.logged.splitlines() if _is_complaint(line)]
        return Counter(line.split(" ", 2)[-1] for line in lines if _NO_LENS not in line)

    @property
    def late_spans(self) -> list[dict[str, Any]]:
        """Return what arrived since the outage began, in the order it came."""
        return self.after.spans[len(self.before.spans) :]

    def more(self, metric: str, label: str) -> float:
        """Return by how much a counter grew."""
        return self.after.total(metric, label) - self.before.total(metric, label)


def live_through(shop: Programs, sink: Sink, mode: Mode) -> Outage:
    """Let the sink fail under load, buy something meanwhile, and let it recover."""
    browse(shop.shop, requests_count=200)
    time.sleep(1.5)
    before, memory, logged = sink.record(), shop.memory(*SENDERS), _logs(shop)
    sink.switch(mode)
    wanted = FILLING_REQUESTS if mode is Mode.SILENT else FEW_REQUESTS
    load = browse(shop.shop, requests_count=wanted, seconds=_LONGEST_SECONDS)
    trace_id, state = buy(shop)
    grown = {pid: mib - memory[pid] for pid, mib in shop.memory(*SENDERS).items() if pid in memory}
    ended_ns = time.time_ns()
    sink.switch(Mode.HEALTHY)
    if mode is Mode.WRONG:
        later, _ = buy(shop)
    eventually(lambda: _has_recovered(sink, later if mode is Mode.WRONG else trace_id), seconds=20)
    time.sleep(_METRICS_SECONDS)
    news = "".join(text[len(logged[name]) :] for name, text in _logs(shop).items())
    return Outage(mode, load, state, trace_id, grown, news, ended_ns, before, sink.record())


def buy(shop: Programs) -> tuple[str, str]:
    """Buy one thing; return its trace's id and how its payment ended."""
    shopper = shop.shopper()
    next(path for path in shopper.products() if shopper.add_to_cart(path))
    order = shopper.check_out(Wish())
    state = shopper.wait(order, seconds=30)
    return shop.trace_of(order), state


def _has_recovered(sink: Sink, trace_id: str) -> bool:
    """Return whether the order's trace and its payment's exemplar are there."""
    record = sink.record()
    return record.names_of(trace_id) >= WHOLE and trace_id in record.dots("webstore.payment.duration")


def _logs(shop: Programs) -> dict[str, str]:
    return {name: shop.log(name) for name in SENDERS}


def _is_complaint(line: str) -> bool:
    return any(sign in line for sign in (" WARNING ", " ERROR ", " CRITICAL ", "Traceback"))
