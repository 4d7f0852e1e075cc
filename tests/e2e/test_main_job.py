"""The main job: buy, a worker charges, the dot opens its trace."""

import pytest

from tests.e2e import evidence
from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import Dot, Span, eventually
from tests.e2e.running import Demo
from webstore.demo.shopper import Wish

PAYMENT = "webstore_payment_duration_bucket"
AMOUNT = "webstore_checkout_amount_bucket"
PROGRAMS = {"web", "worker", "provider"}


@pytest.fixture(scope="module")
def order(demo: Demo) -> Bought:
    bought = buy(demo, Wish(country="BR", payment_method="paypal"))
    assert demo.shopper().wait(bought.path, seconds=20) == "Paid"
    return bought


@pytest.fixture(scope="module")
def dot(demo: Demo, order: Bought) -> Dot:
    return _dot_of(demo, PAYMENT, order)


@pytest.fixture(scope="module")
def spans(demo: Demo, order: Bought, dot: Dot) -> dict[str, Span]:
    # The dot waits for its own span; the other programs send theirs within a second.
    eventually(lambda: {span.service for span in evidence.trace(demo.lens, order.trace_id)} >= PROGRAMS)
    return {span.name: span for span in evidence.trace(demo.lens, order.trace_id)}


def _dot_of(demo: Demo, query: str, order: Bought) -> Dot:
    def find() -> list[Dot]:
        return [dot for dot in evidence.dots(demo.lens, query) if dot.trace_id == order.trace_id]

    [found] = eventually(find)
    return found


def test_provider_charged_exactly_once(demo: Demo, order: Bought) -> None:
    assert demo.ledger(order.number) == [("succeeded", order.total_minor)]


def test_dot_carries_the_contracts_attributes(dot: Dot) -> None:
    named = {key: dot.labels.get(key) for key in ("country", "payment_method", "outcome", "job")}

    assert named == {
        "country": "BR",
        "payment_method": "paypal",
        "outcome": "approved",
        "job": "webstore/worker",
    }


def test_dots_span_is_the_payment(dot: Dot, spans: dict[str, Span]) -> None:
    assert spans["process_payment"].span_id == dot.span_id


def test_amounts_dot_lies_in_the_same_trace(demo: Demo, order: Bought) -> None:
    amount = _dot_of(demo, AMOUNT, order)

    assert amount.value == order.total_minor / 100


def test_one_trace_holds_every_program(spans: dict[str, Span]) -> None:
    assert {span.service for span in spans.values()} == PROGRAMS


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("validate_cart", "POST /checkout"),
        ("check_inventory", "POST /checkout"),
        ("create_order", "POST /checkout"),
        ("apply_async/payments.tasks.charge", "POST /checkout"),
        ("run/payments.tasks.charge", "apply_async/payments.tasks.charge"),
        ("process_payment", "run/payments.tasks.charge"),
        ("payment_provider_api", "process_payment"),
        ("POST", "payment_provider_api"),
        ("POST /v1/charges", "POST"),
    ],
)
def test_spans_are_nested_as_the_order_walked(spans: dict[str, Span], child: str, parent: str) -> None:
    assert spans[child].parent_id == spans[parent].span_id


def test_checkout_is_the_root(spans: dict[str, Span]) -> None:
    root = spans["POST /checkout"]

    assert (root.parent_id, root.kind, root.attributes["http.route"]) == ("", "SPAN_KIND_SERVER", "/checkout")


def test_nothing_personal_is_in_the_trace(demo: Demo, order: Bought) -> None:
    shown = repr(evidence.trace(demo.lens, order.trace_id))

    token = order.path.rsplit("/", 1)[-1]
    assert not [secret for secret in ("@example.com", "Mara", "Mill Lane", token, "tok_") if secret in shown]
