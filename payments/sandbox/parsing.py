"""Reading what a caller sent. Whatever is wrong becomes one refusal; nothing else gets out."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from payments.sandbox.answers import Answer, bad_request
from payments.sandbox.tokens import TOKENS

_LARGEST_AMOUNT = 99_999_999
_LONGEST_KEY = 255
_LONGEST_TEXT = {"reference": 100, "description": 500, "charge": 100}
_REQUIRED = {"amount", "currency", "source", "reference"}
_ALLOWED = _REQUIRED | {"description"}
_OF_REFUND = {"charge", "amount", "reference"}


class Refused(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


@dataclass(frozen=True)
class ChargeRequest:
    amount: int
    currency: str
    source: str
    reference: str
    description: str = ""

    @property
    def fingerprint(self) -> str:
        """Return what two requests with one key must share."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class RefundRequest:
    charge: str
    amount: int
    reference: str
    currency: str = "usd"
    description: str = ""

    @property
    def source(self) -> str:
        return self.charge

    @property
    def fingerprint(self) -> str:
        """Return what two requests with one key must share; a charge's is never the same."""
        return hashlib.sha256(json.dumps({"refund": asdict(self)}, sort_keys=True).encode()).hexdigest()


def read_key(header: str) -> str:
    if not header:
        raise Refused(bad_request("idempotency_key_missing", "Send an Idempotency-Key header."))
    if len(header) > _LONGEST_KEY or not (header.isascii() and header.isprintable()):
        raise Refused(bad_request("idempotency_key_wrong", "The key is 1 to 255 plain characters."))
    return header


def read_charge(body: bytes) -> ChargeRequest:
    fields = read_fields(read_object(body), required=_REQUIRED, allowed=_ALLOWED)
    return ChargeRequest(
        amount=_read_amount(fields["amount"]),
        currency=read_choice("currency", fields["currency"], choices={"usd"}),
        source=read_choice("source", fields["source"], choices=TOKENS),
        reference=read_text("reference", fields["reference"]),
        description=read_text("description", fields["description"]) if "description" in fields else "",
    )


def read_refund(body: bytes) -> RefundRequest:
    fields = read_fields(read_object(body), required=_OF_REFUND, allowed=_OF_REFUND)
    return RefundRequest(
        charge=read_text("charge", fields["charge"]),
        amount=_read_amount(fields["amount"]),
        reference=read_text("reference", fields["reference"]),
    )


def read_text(name: str, value: object) -> str:
    """Return a short printable text. Half a surrogate pair is JSON, but no database can hold it."""
    longest = _LONGEST_TEXT[name]
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise wrong("parameter_invalid", name, f"is 1 to {longest} printable characters")
    return value


def read_fields(
    fields: dict[str, Any], *, required: Collection[str], allowed: Collection[str]
) -> dict[str, Any]:
    """Return the fields when they are these and no others."""
    for name in sorted(fields.keys() - set(allowed)):
        raise wrong("parameter_unknown", name, "is no parameter here")
    for name in sorted(set(required) - fields.keys()):
        raise wrong("parameter_missing", name, "is missing")
    return fields


def read_object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(bad_request("body_not_json", "The body is not JSON.")) from None
    if not isinstance(parsed, dict):
        raise Refused(bad_request("body_not_object", "The body is not a JSON object."))
    return parsed


def _read_amount(value: object) -> int:
    # JSON's true is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LARGEST_AMOUNT:
        raise wrong("amount_invalid", "amount", f"is a whole number of cents, 1 to {_LARGEST_AMOUNT}")
    return value


def read_choice(name: str, value: object, *, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise wrong(f"{name}_unknown", name, f"is one of {', '.join(sorted(choices))}")
    return value


def wrong(code: str, name: str, complaint: str) -> Refused:
    # A name the caller invented may hold anything; it is only echoed in short.
    return Refused(bad_request(code, f"{name[:40]!r} {complaint}."))
