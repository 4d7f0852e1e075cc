"""Whatever a stranger or even the provider sends: an answer below 500, and no money moves by it."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.webhooks import heeding, signatures
from tests.payments.edge import Edge, answer, answer_bytes
from tests.payments.making import make_attempt
from tests.payments.telling import PATH, charge_event, charge_of, send, signature
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
# What WSGI lets through as a header.
HEADERS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=200)
OF_EVENT = ["id", "object", "type", "created", "data"]
OF_CHARGE = ["id", "object", "status", "amount", "currency", "reference", "created"]


def _money() -> list[Any]:
    """Return all that an event must not change by itself."""
    return [
        *Order.objects.values_list("status", "is_in_review", "paid_at", "refunded_minor"),
        *PaymentAttempt.objects.values_list("state", "charged_minor", "refunded_minor", "tries"),
        *Refund.objects.values_list("state", "amount_minor"),
        *Product.objects.values_list("on_hand", "reserved"),
    ]


@given(header=HEADERS, body=st.binary(max_size=300))
@MANY
def test_strangers_are_refused(header: str, body: bytes) -> None:
    assert send(body, header) == 400
    assert not ProviderEvent.objects.exists()


@given(timestamp=HEADERS, given_signature=HEADERS)
@MANY
def test_no_spelling_of_a_signature_is_a_key(timestamp: str, given_signature: str) -> None:
    assert send(b"{}", f"t={timestamp},v1={given_signature}") == 400


@given(length=HEADERS, kind=HEADERS)
@MANY
def test_no_length_or_type_breaks_the_door(length: str, kind: str) -> None:
    headers = {signatures.HEADER: signature(b"{}"), "Content-Length": length, "Content-Type": kind}

    assert Client().generic("POST", PATH, b"{}", headers=headers).status_code == 400


@given(field=st.sampled_from(OF_EVENT), value=JSON)
@MANY
def test_a_field_of_an_event_may_be_anything(field: str, value: Any) -> None:
    attempt = PaymentAttempt.objects.first() or make_attempt(state="error")
    before = _money()

    assert send(json.dumps(charge_event(attempt) | {field: value}).encode()) in (200, 400)
    assert _money() == before


@given(field=st.sampled_from(OF_CHARGE), value=JSON)
@MANY
def test_a_field_of_a_charge_may_be_anything(field: str, value: Any) -> None:
    attempt = PaymentAttempt.objects.first() or make_attempt(state="unknown")
    event = charge_event(attempt)
    event["data"]["object"][field] = value
    before = _money()

    assert send(json.dumps(event).encode()) in (200, 400)
    assert _money() == before


@given(field=st.sampled_from(["id", "status", "amount", "currency", "reference"]), value=JSON)
@MANY
def test_an_answer_that_shows_another_charge_pays_nothing(edge: Edge, field: str, value: Any) -> None:
    attempt = PaymentAttempt.objects.first() or make_attempt(state="error")
    before, event = _money(), charge_event(attempt)
    edge.lookups = [answer(200, charge_of(attempt) | {field: value})]
    send(json.dumps(event).encode())

    heeding.heed(ProviderEvent.objects.get(event_id=event["id"]).pk)

    assert _money() == before


@given(status=st.sampled_from([200, 404, 500]), body=st.binary(max_size=100))
@MANY
def test_an_answer_of_any_bytes_pays_nothing(edge: Edge, status: int, body: bytes) -> None:
    attempt = PaymentAttempt.objects.first() or make_attempt(state="error")
    before, event = _money(), charge_event(attempt)
    edge.lookups = [answer_bytes(status, body)]
    send(json.dumps(event).encode())

    heeding.heed(ProviderEvent.objects.get(event_id=event["id"]).pk)

    assert _money() == before
