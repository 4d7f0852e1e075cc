"""With nothing sampled and no budget every checkout and every error is whole, and page views are not."""

from collections.abc import Iterator

import pytest
import requests

from tests.e2e import evidence
from tests.e2e.breaking import without_table
from tests.e2e.buying import Bought, buy
from tests.e2e.crowd import shop
from tests.e2e.evidence import Span, eventually
from tests.e2e.running import Demo, running_demo
from tests.e2e.test_recycling import WHOLE
from webstore.demo.shopper import Wish
from webstore.telemetry import contract

ORDERS = 20
# What a stranger may send: join my trace, hide this one.
FORGED_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
JOIN, HIDE = f"00-{FORGED_ID}-00f067aa0ba902b7-01", f"00-{FORGED_ID}-00f067aa0ba902b7-00"
SERVICES = {contract.WEB, contract.WORKER, contract.PROVIDER}


@pytest.fixture(scope="module")
def zero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(
        tmp_path_factory.mktemp("zero"), WEBSTORE_TRACE_RATIO="0", WEBSTORE_EXEMPLAR_TRACES_PER_SECOND="0"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def orders(zero: Demo) -> list[Bought]:
    return shop(zero, orders=ORDERS)


def _roots(demo: Demo, name: str) -> list[Span]:
    """Return the stored spans of a name that began their trace."""
    sql = "SELECT DISTINCT trace_id FROM spans WHERE name = ? AND parent_id = ''"
    ids = [trace_id for (trace_id,) in demo.lens_rows(sql, name)]
    return [span for trace_id in ids for span in evidence.trace(demo.lens, trace_id) if not span.parent_id]


def _missing(demo: Demo, order: Bought) -> set[str]:
    return WHOLE - {span.name for span in evidence.trace(demo.lens, order.trace_id)}


def _tops(demo: Demo, order: Bought) -> list[str]:
    """Return the names of the spans whose parent is not stored."""
    spans = evidence.trace(demo.lens, order.trace_id)
    ids = {span.span_id for span in spans}
    return [span.name for span in spans if span.parent_id not in ids]


def _services(demo: Demo, trace_id: str) -> set[str]:
    return {span.service for span in evidence.trace(demo.lens, trace_id)}


def test_every_checkout_is_whole_across_all_programs(zero: Demo, orders: list[Bought]) -> None:
    eventually(lambda: not any(_missing(zero, order) for order in orders))

    incomplete = {order.number: _missing(zero, order) for order in orders if _missing(zero, order)}
    assert (len(orders), incomplete) == (ORDERS, {})


def test_each_of_them_holds_three_services_and_one_root(zero: Demo, orders: list[Bought]) -> None:
    # An order may be over the moment its last try ends; that try's spans leave a second later.
    eventually(lambda: all(_tops(zero, order) == [contract.CHECKOUT] for order in orders))

    for order in orders:
        assert _services(zero, order.trace_id) == SERVICES
        assert _tops(zero, order) == [contract.CHECKOUT]


def test_nothing_but_checkouts_is_kept(zero: Demo, orders: list[Bought]) -> None:
    kept = zero.lens_rows("SELECT DISTINCT name FROM spans WHERE parent_id = ''")
    dropped = evidence.total(zero.lens, f'webstore_traces{{reason="{contract.DROPPED}"}}')

    assert kept == [(contract.CHECKOUT,)]
    assert dropped > ORDERS


def test_payments_without_a_budget_still_have_dots(zero: Demo, orders: list[Bought]) -> None:
    ids = {order.trace_id for order in orders}

    dots = eventually(lambda: evidence.dots(zero.lens, "webstore_payment_duration_bucket"))
    assert dots
    assert {dot.trace_id for dot in dots} <= ids


def test_failed_payment_is_kept_as_an_error(zero: Demo) -> None:
    order = buy(zero, Wish(payment_token="tok_fail"))

    def failed() -> list[Span]:
        spans = evidence.trace(zero.lens, order.trace_id)
        return [span for span in spans if span.name == contract.PROCESS_PAYMENT and "ERROR" in span.status]

    assert eventually(failed)[0].attributes[contract.OUTCOME] == contract.ERROR


def test_failing_page_is_kept_as_an_error(zero: Demo) -> None:
    with without_table(zero, "catalog_product"):
        statuses = [requests.get(f"{zero.shop}/products", timeout=10).status_code for _ in range(3)]

    kept = eventually(lambda: roots if len(roots := _roots(zero, "GET /products")) >= 3 else [])
    assert statuses == [503, 503, 503]
    assert [(span.attributes[contract.KEPT], span.status) for span in kept] == [
        (contract.ERROR, "STATUS_CODE_ERROR")
    ] * 3


def test_failing_task_is_kept_as_an_error(zero: Demo) -> None:
    with without_table(zero, "payments_paymentattempt"):
        kept = eventually(lambda: _roots(zero, "run/payments.tasks.sweep"))

    assert {span.attributes[contract.KEPT] for span in kept} == {contract.ERROR}


@pytest.mark.parametrize("traceparent", [JOIN, HIDE, f"{JOIN[:-2]}ff", "00-junk", "ä"])
def test_strangers_headers_change_nothing(zero: Demo, traceparent: str) -> None:
    shopper = zero.shopper()
    shopper.session.headers["traceparent"] = traceparent.encode()
    shopper.session.headers.update({"tracestate": "webstore=kept", "baggage": "secret=7"})
    product = next(path for path in shopper.products() if shopper.add_to_cart(path))
    token = shopper.buy(Wish(), product_path=product).rsplit("/", 1)[-1]

    [(trace_id,)] = zero.rows("SELECT trace_id FROM orders_order WHERE token = ?", token)
    assert trace_id != FORGED_ID
    assert eventually(lambda: _services(zero, trace_id) == SERVICES)
    assert evidence.trace(zero.lens, FORGED_ID) == []
    assert _roots(zero, "GET /products/<slug:slug>") == []
