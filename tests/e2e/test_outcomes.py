"""Payments that fail are measured too, and their dots open."""

import pytest

from tests.e2e import evidence
from tests.e2e.buying import buy
from tests.e2e.evidence import Dot, eventually
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish


@pytest.mark.parametrize(
    ("payment_token", "outcome"),
    [("tok_decline", "declined"), ("tok_timeout", "timeout"), ("tok_fail", "error")],
)
def test_failed_payment_has_a_living_dot(demo: Demo, payment_token: str, outcome: str) -> None:
    order = buy(demo, Wish(payment_token=payment_token))
    query = f'webstore_payment_duration_bucket{{outcome="{outcome}"}}'

    def find() -> list[Dot]:
        return [dot for dot in evidence.dots(demo.lens, query) if dot.trace_id == order.trace_id]

    found = eventually(find)
    assert found
    assert found[0].span_id in {
        span.span_id for span in evidence.trace(demo.lens, order.trace_id) if span.name == "process_payment"
    }


def test_decline_is_told_and_charges_nothing(demo: Demo) -> None:
    order = buy(demo, Wish(payment_token="tok_decline"))

    assert demo.shopper().wait(order.path, seconds=20) == "Declined"
    assert [status for status, _ in demo.ledger(order.number)] == ["failed"]


def test_lost_answer_is_paid_once_in_the_same_trace(demo: Demo) -> None:
    order = buy(demo, Wish(payment_token="tok_timeout"))

    assert demo.shopper().wait(order.path, seconds=60) == "Paid"
    assert demo.ledger(order.number) == [("succeeded", order.total_minor)]
    tries = [span for span in evidence.trace(demo.lens, order.trace_id) if span.name == "process_payment"]
    assert len(tries) >= 2
