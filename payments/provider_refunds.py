"""What the shop asks the payment provider about refunds, and what the answers mean."""

from dataclasses import dataclass
from typing import Any

from payments.exchange import Call, NeverAgain, TryAgain, exchange
from webstore.telemetry import contract


@dataclass(frozen=True)
class RefundRequest:
    """What to give back. `reference` names the refund whatever its key: a look-up finds it by that."""

    key: str
    charge: str
    amount_minor: int
    reference: str


@dataclass(frozen=True)
class Refunded:
    """The money is on its way back; `reference` is the refund's id there."""

    reference: str
    outcome = contract.APPROVED


@dataclass(frozen=True)
class NotRefunded:
    """The provider knows of no such refund and works on none: another key is safe."""

    outcome = contract.ERROR


def refund(request: RefundRequest, *, until: float) -> Refunded:
    """Return that it is done, or raise a `ProviderFailure`."""
    payload = {"charge": request.charge, "amount": request.amount_minor, "reference": request.reference}
    reply = exchange(Call("POST", "/v1/refunds", until, key=request.key, payload=payload))
    if reply.status == 200:
        return _done(reply.parsed(), request)
    raise reply.failure()


def look_up(request: RefundRequest, *, until: float) -> Refunded | NotRefunded:
    """Return what became of a refund whose key can tell no more."""
    reply = exchange(Call("GET", "/v1/refunds", until, query={"charge": request.charge}))
    if reply.status != 200:
        raise reply.failure()
    listed = reply.parsed()
    refunds = listed.get("data")
    if not isinstance(refunds, list) or not all(isinstance(known, dict) for known in refunds):
        raise TryAgain("the provider's list cannot be read")
    found = [known for known in refunds if known.get("reference") == request.reference]
    if len(found) > 1:
        raise NeverAgain("refunded_more_than_once")
    if found:
        return _done(found[0], request)
    # Only a plain "no" makes another key safe.
    if listed.get("has_more") or listed.get("running") is not False:
        raise TryAgain("the provider still works on a refund of the charge")
    return NotRefunded()


def _done(payload: dict[str, Any], request: RefundRequest) -> Refunded:
    reference, status = payload.get("id"), payload.get("status")
    if not isinstance(reference, str) or not reference:
        raise TryAgain("the provider's answer names no refund")
    if status != "succeeded":
        if status == "failed":
            raise NeverAgain("refund_failed", reference=reference[:64])
        raise TryAgain("the provider's refund is not through yet")
    refunded = (payload.get("charge"), payload.get("amount"), payload.get("reference"))
    if refunded != (request.charge, request.amount_minor, request.reference):
        raise NeverAgain("refunded_something_else", reference=reference[:64])
    return Refunded(reference[:64])
