"""What the provider says: status and JSON text, as it is sent, stored and replayed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from payments.sandbox.tokens import ChargeStatus


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    is_replayed: bool = False
    retry_after_seconds: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        sent = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        if self.is_replayed:
            sent["Idempotent-Replayed"] = "true"
        if self.retry_after_seconds is not None:
            sent["Retry-After"] = str(self.retry_after_seconds)
        if self.status == 401:
            sent["WWW-Authenticate"] = "Bearer"
        return sent

    def as_bytes(self) -> bytes:
        """Return it as it travels, for a connection that ends with it."""
        body = self.body.encode()
        sent = {**self.headers, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Charge:
    id: str
    status: ChargeStatus
    amount: int
    currency: str
    reference: str
    created: int

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "charge",
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "reference": self.reference,
            "created": self.created,
        }


@dataclass(frozen=True)
class Refund:
    id: str
    charge: str
    amount: int
    reference: str
    created: int

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "refund",
            "status": "succeeded",
            "charge": self.charge,
            "amount": self.amount,
            "currency": "usd",
            "reference": self.reference,
            "created": self.created,
        }


def found(thing: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(thing))


def listed(things: Sequence[Charge | Refund], *, is_running: bool, has_more: bool) -> Answer:
    """Return the list; `running` tells that a request for another one may still be at work."""
    data = [thing.as_json() for thing in things]
    return found({"object": "list", "data": data, "has_more": has_more, "running": is_running})


def charged(charge: Charge) -> Answer:
    """Return what a caller hears about a charge, the first time and from the ledger alike."""
    if charge.status == "succeeded":
        return found(charge.as_json())
    error = {
        "type": "card_error",
        "code": "card_declined",
        "message": "The card was declined.",
        "charge": charge.id,
    }
    return Answer(402, json.dumps({"error": error}))


def refusal(
    status: int, kind: str, *, code: str, message: str, retry_after_seconds: int | None = None
) -> Answer:
    error = {"type": kind, "code": code, "message": message}
    return Answer(status, json.dumps({"error": error}), retry_after_seconds=retry_after_seconds)


def bad_request(code: str, message: str) -> Answer:
    return refusal(400, "invalid_request_error", code=code, message=message)


BROKEN = refusal(
    500, "api_error", code="processing_error", message="Something broke before the card was charged."
)
UNAUTHORIZED = refusal(
    401, "authentication_error", code="api_key_wrong", message="Send the key as a bearer token."
)
NOT_FOUND = refusal(404, "invalid_request_error", code="resource_missing", message="There is no such charge.")
NOT_REFUNDABLE = refusal(
    400,
    "invalid_request_error",
    code="charge_not_refundable",
    message="There is no such charge, or not so much of it left.",
)
TOO_LARGE = refusal(
    413, "invalid_request_error", code="body_too_large", message="A request holds at most 16 KiB."
)
OTHER_PARAMETERS = refusal(
    400,
    "idempotency_error",
    code="key_reused",
    message="This key was first used with other parameters.",
)
KEY_IN_USE = refusal(
    409,
    "idempotency_error",
    code="key_in_use",
    message="A request with this key is running.",
    retry_after_seconds=1,
)
TOO_MANY = refusal(
    429,
    "rate_limit_error",
    code="too_many_requests",
    message="Too many charges are running. Nothing was stored.",
    retry_after_seconds=1,
)
TOO_MANY_LOOK_UPS = refusal(
    429,
    "rate_limit_error",
    code="too_many_requests",
    message="Too many look-ups are waiting.",
    retry_after_seconds=1,
)
UNAVAILABLE = refusal(
    503,
    "api_error",
    code="ledger_unavailable",
    message="The ledger cannot be reached. Nothing was stored.",
    retry_after_seconds=2,
)
UNCERTAIN = refusal(
    500, "api_error", code="outcome_uncertain", message="Something broke. Ask again with the same key."
)
