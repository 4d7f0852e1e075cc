"""Events as the payment provider sends them, really signed, and what the shop answers."""

import json
import time
import uuid
from typing import Any

from django.test import Client

from payments.models import PaymentAttempt, ProviderEvent
from payments.webhooks import signatures

PATH = "/webhooks/payments"
SECRET = "demo-provider_webhook_secret"


def charge_event(
    attempt: PaymentAttempt, *, about: str = "ch_yes", kind: str = "charge.succeeded", **changes: Any
) -> dict[str, Any]:
    """Return what the provider tells about a charge for the attempt's order."""
    status = kind.rpartition(".")[2]
    charge = charge_of(attempt, id=about, status=status)
    return event_of(kind, charge, **changes)


def charge_of(attempt: PaymentAttempt, **changes: Any) -> dict[str, Any]:
    """Return a charge for the attempt's order as the provider's API shows it."""
    charge = {
        "id": "ch_yes",
        "object": "charge",
        "status": "succeeded",
        "amount": attempt.amount_minor,
        "currency": "usd",
        "reference": attempt.order.number,
        "created": 1_790_000_000,
    }
    return charge | changes


def event_of(kind: str, thing: dict[str, Any], **changes: Any) -> dict[str, Any]:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {"object": thing},
    }
    return event | changes


def signature(body: bytes, *, secret: str = SECRET, age_seconds: float = 0) -> str:
    timestamp = str(int(time.time() - age_seconds))
    return f"t={timestamp},v1={signatures.sign(body, secret=secret, timestamp=timestamp)}"


def tell(event: dict[str, Any], *, client: Client | None = None) -> int:
    """Send the event, signed; return the answer's status."""
    return send(json.dumps(event).encode(), client=client)


def send(body: bytes, header: str | None = None, *, client: Client | None = None) -> int:
    """Send any bytes with any signature, by default the right one."""
    given = signature(body) if header is None else header
    headers = {signatures.HEADER: given}
    response = (client or Client()).post(PATH, body, content_type="application/json", headers=headers)
    return response.status_code


def outcome_of(event: dict[str, Any]) -> tuple[str, str]:
    """Return state and outcome of the event's row."""
    row = ProviderEvent.objects.get(event_id=event["id"])
    return row.state, row.outcome
