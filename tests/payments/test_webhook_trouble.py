"""A database that is away, events of long ago, and what leaves the program about them."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from payments.models import PaymentAttempt, ProviderEvent
from payments.tasks import sweep
from payments.webhooks import keeping, signatures
from tests.payments.broker import Broker
from tests.payments.making import make_attempt
from tests.payments.telling import PATH, SECRET, charge_event, event_of, signature, tell
from tests.recording import Telemetry

pytestmark = pytest.mark.django_db


def _broken(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
    if "payments_providerevent" in sql:
        raise OperationalError("server closed the connection unexpectedly")
    return execute(sql, *others)


def test_without_a_database_the_provider_shall_come_back(client: Client) -> None:
    attempt = make_attempt()
    body = json.dumps(charge_event(attempt)).encode()
    headers = {signatures.HEADER: signature(body)}
    with connection.execute_wrapper(_broken):
        response = client.post(PATH, body, content_type="application/json", headers=headers)

    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert client.post(PATH, body, content_type="application/json", headers=headers).status_code == 200
    assert ProviderEvent.objects.count() == 1


def test_what_fails_half_way_leaves_no_row() -> None:
    def fail_at_the_nudge(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        if sql.startswith('UPDATE "payments_paymentattempt"'):
            raise OperationalError("canceling statement due to lock timeout")
        return execute(sql, *others)

    attempt = make_attempt(state="unknown")
    event = charge_event(attempt)
    with connection.execute_wrapper(fail_at_the_nudge):
        assert tell(event) == 503

    assert not ProviderEvent.objects.exists()
    assert tell(event) == 200
    assert ProviderEvent.objects.get().nudged_at is not None


def test_without_a_broker_the_sweep_rings(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = make_attempt(state="error")
    monkeypatch.setattr("payments.bell.WAIT_SECONDS", 0.0)
    tell(charge_event(attempt))
    assert ProviderEvent.objects.get().rung_at is None
    monkeypatch.undo()
    broker.empty()

    sweep()

    tasks = [message["headers"]["task"] for message in broker.messages("payments")]
    assert "payments.tasks.heed" in tasks


def _aged(state: str, *, days: int) -> None:
    event = event_of("payout.paid", {"id": "po_1"})
    tell(event)
    past = timezone.now() - timedelta(days=days)
    ProviderEvent.objects.filter(event_id=event["id"]).update(state=state, created_at=past)


def test_only_what_was_settled_long_ago_is_forgotten() -> None:
    kept = [("done", 29), ("staff", 399), ("waiting", 31)]
    for state, days in [("done", 31), ("staff", 401), *kept]:
        _aged(state, days=days)

    sweep()

    assert sorted(ProviderEvent.objects.values_list("state", flat=True)) == ["done", "staff", "waiting"]


def test_a_run_forgets_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_RUN_LIMIT", 2)
    for _ in range(5):
        _aged("done", days=31)

    assert [keeping.forget_old() for _ in range(4)] == [2, 2, 1, 0]


def test_nothing_of_it_leaves_but_ids(caplog: pytest.LogCaptureFixture, telemetry: Telemetry) -> None:
    attempt = make_attempt(state="unknown")
    event = charge_event(attempt)
    event["data"]["object"] |= {"receipt_email": "mara@example.com", "description": "12 Orchard Lane"}
    caplog.set_level(logging.DEBUG)

    tell(event)
    told = signature(json.dumps(event).encode()).partition("v1=")[2]

    spans = [str((span.name, span.attributes, span.events)) for span in telemetry.spans()]
    for secret in (SECRET, "mara@", "Orchard", told, attempt.payment_token, attempt.order.token):
        assert secret not in caplog.text + "".join(spans)
    assert PaymentAttempt.objects.count() == 1
