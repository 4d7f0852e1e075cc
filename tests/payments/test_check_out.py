import uuid
from dataclasses import replace

import pytest
from opentelemetry.trace import format_trace_id

from orders.models import Cart, Order
from orders.placing import CartChanged, SoldOut
from payments.checkout import check_out
from payments.models import PaymentAttempt
from tests.payments.broker import Broker
from tests.payments.making import CUSTOMER, kinds_of, make_cart, make_product, request_of
from tests.recording import Telemetry
from webstore.catalog.models import Product
from webstore.telemetry import tracing

pytestmark = pytest.mark.django_db

PLACED = {"country": "US", "payment_method": "card", "outcome": "placed"}
REFUSED = {"country": "US", "payment_method": "card", "outcome": "refused"}


def test_writes_order_reservation_and_attempt_down() -> None:
    product = make_product(price_minor=2093)
    cart = make_cart(product, quantity=2)

    order = check_out(cart, request_of())

    attempt = order.attempts.get()
    assert (order.status, order.total_minor, order.email) == ("placed", 4186, "mara@example.com")
    assert (attempt.state, attempt.amount_minor, attempt.currency) == ("due", 4186, "USD")
    assert (attempt.payment_token, attempt.payment_method, attempt.tries) == ("tok_approve", "card", 0)
    assert len(attempt.idempotency_key) == 32
    assert attempt.rung_at is not None
    assert Product.objects.get(pk=product.pk).reserved == 2
    assert kinds_of(order) == ["placed"]


def test_the_same_form_again_gives_the_same_order(broker: Broker, telemetry: Telemetry) -> None:
    cart = make_cart()
    request = request_of()
    order = check_out(cart, request)

    again = check_out(cart, request)

    assert again == order
    assert (Order.objects.count(), PaymentAttempt.objects.count()) == (1, 1)
    assert len(broker.messages("payments")) == 1
    assert len(telemetry.spans("validate_cart")) == 1


def test_number_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are chance; here it deals the first one twice."""
    dealt = iter("AAAABBBB" * 2 + "CCCCDDDD")
    monkeypatch.setattr("secrets.choice", lambda _signs: next(dealt))

    product = make_product()

    numbers = [check_out(make_cart(product), request_of()).number for _ in range(2)]

    assert numbers == ["AAAA-BBBB", "CCCC-DDDD"]


def test_the_same_form_without_its_cart_gives_the_same_order() -> None:
    request = request_of()
    order = check_out(make_cart(), request)

    assert check_out(None, request) == order


@pytest.mark.parametrize("shown", [0, 4185, 10**15])
def test_another_total_than_shown_changes_nothing(broker: Broker, telemetry: Telemetry, shown: int) -> None:
    product = make_product()

    with pytest.raises(CartChanged, match=r"to \$41\.86"):
        check_out(make_cart(product), request_of(total_minor=shown))

    assert (Order.objects.count(), PaymentAttempt.objects.count()) == (0, 0)
    assert Product.objects.get(pk=product.pk).reserved == 0
    assert broker.messages("payments") == []
    assert telemetry.count("webstore.checkouts", REFUSED) == 1


def test_a_cart_gone_meanwhile_is_told() -> None:
    for cart in (None, Cart.objects.create()):
        with pytest.raises(CartChanged):
            check_out(cart, request_of())


def test_what_others_bought_first_is_told() -> None:
    product = make_product(on_hand=1)
    first, second = make_cart(product), make_cart(product)
    check_out(first, request_of())

    with pytest.raises(SoldOut, match=product.name):
        check_out(second, request_of())

    assert Order.objects.count() == 1
    assert second.lines.count() == 1


def test_rings_with_the_attempt_once_committed(broker: Broker) -> None:
    order = check_out(make_cart(), request_of())

    (message,) = broker.messages("payments")
    assert message["headers"]["task"] == "payments.tasks.charge"
    assert message["headers"]["argsrepr"] == f"({order.attempts.get().pk},)"


def test_its_steps_and_the_later_payment_are_children_of_the_request(telemetry: Telemetry) -> None:
    with tracing.span("POST /checkout") as request_span:
        order = check_out(make_cart(), request_of())

    steps = [telemetry.spans(name)[0] for name in ("validate_cart", "check_inventory", "create_order")]
    origin = request_span.get_span_context()
    assert [step.parent for step in steps] == [origin] * 3
    trace_id, span_id = order.attempts.get().traceparent.split("-")[1:3]
    assert (trace_id, int(span_id, 16)) == (format_trace_id(origin.trace_id), origin.span_id)
    assert order.trace_id == trace_id


def test_measures_what_was_placed(telemetry: Telemetry) -> None:
    customer = replace(CUSTOMER, country="BR", payment_method="paypal")

    check_out(make_cart(), request_of(customer))

    attributes = {"country": "BR", "payment_method": "paypal"}
    assert telemetry.count("webstore.checkouts", PLACED | attributes) == 1
    assert telemetry.count("webstore.checkout.amount", attributes) == 1
    (point,) = [
        point
        for point in telemetry.points("webstore.checkout.amount")
        if dict(point.attributes) == attributes
    ]
    assert point.max == 41.86


def test_two_forms_on_one_cart_place_one_order() -> None:
    cart = make_cart()
    check_out(cart, request_of())

    with pytest.raises(CartChanged):
        check_out(cart, replace(request_of(), checkout_token=uuid.uuid4()))

    assert Order.objects.count() == 1
