"""What is not paid ends by itself, what was paid goes back on request: with every program running."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.e2e import evidence
from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo, running_demo
from webstore.demo.forms import Page
from webstore.demo.shopper import Wish

DECLINED, BROKEN = Wish(payment_token="tok_decline"), Wish(payment_token="tok_fail")


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that keeps unpaid things for three seconds."""
    with running_demo(tmp_path_factory.mktemp("impatient"), RESERVATION_MINUTES="0.05") as running:
        yield running


@pytest.fixture(scope="module")
def staff(impatient: Demo) -> requests.Session:
    """Somebody who is signed in to the admin."""
    session = requests.Session()
    session.trust_env = False
    _send(session, f"{impatient.shop}/admin/login/", username="demo", password="demo")
    return session


def _send(session: requests.Session, url: str, **entries: str) -> requests.Response:
    """Fill in the page's own form, its last one, as a browser does."""
    page = session.get(url, timeout=10)
    form = Page(page.text).forms[-1]
    return session.post(page.url, {**form.fields, **entries}, headers={"Referer": page.url}, timeout=20)


def _status(demo: Demo, order: Bought) -> str:
    [(status,)] = demo.rows("SELECT status FROM orders_order WHERE number = ?", order.number)
    return str(status)


def _names(demo: Demo, trace_id: str) -> set[str]:
    return {span.name for span in evidence.trace(demo.lens, trace_id)}


def test_an_order_nobody_pays_for_gives_its_things_back(impatient: Demo) -> None:
    order = buy(impatient, DECLINED)

    assert eventually(lambda: _status(impatient, order) == "expired", seconds=20)

    assert impatient.rows("SELECT sum(reserved) FROM catalog_product") == [(0,)]
    assert eventually(lambda: "expire_order" in _names(impatient, order.trace_id))


def test_a_provider_that_breaks_every_time_charges_nothing_and_ends_with_a_person(impatient: Demo) -> None:
    order = buy(impatient, BROKEN)

    assert impatient.shopper().wait(order.path, seconds=100) == "In review"

    states = impatient.rows(
        "SELECT state FROM payments_paymentattempt JOIN orders_order ON orders_order.id = order_id "
        "WHERE number = ? ORDER BY payments_paymentattempt.id",
        order.number,
    )
    assert states == [("error",), ("error",), ("review",)]
    assert impatient.ledger(order.number) == []


def test_staff_give_back_and_the_trace_tells(impatient: Demo, staff: requests.Session) -> None:
    order = buy(impatient)
    assert impatient.shopper().wait(order.path, seconds=20) == "Paid"
    [(order_id,)] = impatient.rows("SELECT id FROM orders_order WHERE number = ?", order.number)
    url = f"{impatient.shop}/admin/orders/order/{order_id}/refund/"

    asked = _send(staff, url, amount="1.00", reason="It broke.", confirmed="yes")

    assert asked.status_code == 200
    assert eventually(lambda: _status(impatient, order) == "partly_refunded", seconds=20)
    refund = "SELECT traceparent, provider_reference FROM payments_refund"
    [(traceparent, reference)] = impatient.rows(refund)
    trace_id = traceparent.split("-")[1]
    assert re.fullmatch(r"re_\w+", reference)
    assert eventually(lambda: "POST /v1/refunds" in _names(impatient, trace_id))
    assert eventually(lambda: "process_refund" in _names(impatient, trace_id))
