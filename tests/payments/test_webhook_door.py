"""Who gets an event in: the provider, lately, with one readable event of bounded size."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from payments.models import ProviderEvent
from payments.webhooks import bodies, signatures
from tests.payments.telling import PATH, SECRET, event_of, outcome_of, send, signature, tell

EVENT = event_of("charge.failed", {"id": "ch_no", "reference": "K7QP-4M2X"}, id="evt_1")
BODY = json.dumps(EVENT).encode()


@pytest.mark.django_db
def test_a_signed_event_is_kept() -> None:
    assert send(BODY) == 200

    row = ProviderEvent.objects.get()
    assert (row.event_id, row.type, row.about, row.reference) == (
        "evt_1",
        "charge.failed",
        "ch_no",
        "K7QP-4M2X",
    )


@pytest.mark.django_db
def test_a_repeat_is_answered_alike_and_changes_nothing() -> None:
    assert [send(BODY) for _ in range(3)] == [200, 200, 200]
    assert ProviderEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["new", "old"])
def test_either_secret_opens_while_they_are_exchanged(settings: Settings, secret: str) -> None:
    settings.PROVIDER_WEBHOOK_SECRETS = ["new", "old"]

    assert send(BODY, signature(BODY, secret=secret)) == 200


@pytest.mark.django_db
def test_one_right_signature_among_others_is_enough() -> None:
    timestamp, right = signature(BODY).split(",")

    assert send(BODY, f"{timestamp},v0=x,v1={'0' * 64},{right},v2=what,is=this") == 200


@pytest.mark.django_db
@pytest.mark.parametrize("age_seconds", [299, -299])
def test_clocks_may_differ_by_five_minutes(age_seconds: float) -> None:
    assert send(BODY, signature(BODY, age_seconds=age_seconds)) == 200


def _forged() -> dict[str, str]:
    right = signature(BODY)
    timestamp, v1 = right.split(",")
    return {
        "none": "",
        "wrong key": signature(BODY, secret="guessed"),
        "empty key": signature(BODY, secret=""),
        "too old": signature(BODY, age_seconds=302),
        "too new": signature(BODY, age_seconds=-302),
        "other body": signature(BODY + b" "),
        "no timestamp": v1,
        "other timestamp": f"{re.sub('.$', 'x', timestamp)},{v1}",
        "two timestamps": f"{timestamp},t=1,{v1}",
        "other scheme": right.replace("v1=", "v0="),
        "in capitals": f"{timestamp},v1={v1[3:].upper()}",
        "not ascii": f"{timestamp},v1=\xe9",
        "huge": f"{timestamp},{','.join([v1] * 20)}",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("forgery", _forged())
def test_a_stranger_costs_no_query(forgery: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert send(BODY, _forged()[forgery]) == 400


@pytest.mark.django_db
def test_without_a_secret_nobody_gets_in(settings: Settings) -> None:
    settings.PROVIDER_WEBHOOK_SECRETS = []

    assert send(BODY, signature(BODY, secret="")) == 400


def _with(**changes: Any) -> bytes:
    return json.dumps(EVENT | changes).encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b'{"id"',
        b"[" * 60_000,
        b'{"created": ' + b"9" * 5_000 + b"}",
        _with(id=None),
        _with(id="evt 1"),
        _with(id="e" * 57),
        _with(id=7),
        _with(type="charge.succeeded\x00"),
        _with(type=["charge.succeeded"]),
        _with(created=True),
        _with(created=1.5),
        _with(created=-1),
        _with(created=10**15),
        _with(data=None),
        _with(data={"object": []}),
        _with(data={"object": {"id": "../refunds"}}),
        _with(data={"object": {"reference": "K7QP-4M2X"}}),
    ],
)
def test_signed_garbage_is_refused(body: bytes, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert send(body) == 400


@pytest.mark.django_db
@pytest.mark.parametrize("reference", [None, 5, "x" * 65, "\x00", "ключ", "\ud800"])
def test_what_others_call_things_is_no_reason_to_refuse(reference: object) -> None:
    event = event_of("charge.failed", {"id": "ch_no", "reference": reference})

    assert tell(event) == 200
    assert ProviderEvent.objects.get().reference == ""


@pytest.mark.django_db
def test_an_event_of_another_kind_is_kept_and_left_alone() -> None:
    event = event_of("payout.paid", {"id": "po_1"})

    assert tell(event) == 200
    assert outcome_of(event) == ("done", "not_for_us")


@pytest.mark.django_db
def test_64_kib_are_not_too_much() -> None:
    assert send(BODY + b" " * (bodies.MOST_BYTES - len(BODY))) == 200


def test_more_than_64_kib_are_refused_unread() -> None:
    assert send(BODY + b" " * (bodies.MOST_BYTES + 1 - len(BODY))) == 413


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_events_are_posted(method: str, client: Client) -> None:
    assert getattr(client, method)(PATH).status_code == 405


@pytest.mark.django_db
def test_no_cookie_is_set_and_no_token_asked_for() -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(
        PATH, BODY, content_type="application/json", headers={signatures.HEADER: signature(BODY)}
    )

    assert (response.status_code, dict(response.cookies)) == (200, {})
    assert "no-store" in response["Cache-Control"]


def test_its_signature_is_the_one_that_is_agreed() -> None:
    made = signatures.sign(b'{"id": "evt_1"}', secret=SECRET, timestamp="1790000000")

    assert made == "54509988f5cfe907d32b6c38853c15dcd6bc11d59e8b756cbdc5a867e857741d"
