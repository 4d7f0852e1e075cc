"""What the shop asks the payment provider about charges, and what the answers mean."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from payments.exchange import Call, NeverAgain, Reply, TryAgain, exchange
from webstore.telemetry import contract

# It becomes part of a key of 64 characters.
LONGEST_ID = 56


@dataclass(frozen=True)
class ChargeRequest:
    """What to charge. Equal requests with one key are charged once."""

    key: str
    amount_minor: int
    currency: str
    source: str
    reference: str


@dataclass(frozen=True)
class Answer:
    """The provider's decision; `reference` is the charge's id there."""

    is_approved: bool
    reference: str
    failure_code: str = ""

    @property
    def outcome(self) -> str:
        return contract.APPROVED if self.is_approved else contract.DECLINED


@dataclass(frozen=True)
class NotCharged:
    """The provider knows of no such charge and works on none: another key is safe."""

    outcome = contract.ERROR


@dataclass(frozen=True)
class Charged:
    """A charge that succeeded; `reference` is its id at the provider."""

    reference: str
    amount_minor: int
    currency: str

    def __str__(self) -> str:
        return f"{self.reference} ({self.amount_minor / 100:.2f} {self.currency})"


def charge(request: ChargeRequest, *, until: float) -> Answer:
    """Return the provider's decision, or raise a `ProviderFailure`."""
    payload = {
        "amount": request.amount_minor,
        "currency": request.currency,
        "source": request.source,
        "reference": request.reference,
    }
    reply = exchange(Call("POST", "/v1/charges", until, key=request.key, payload=payload))
    if reply.status == 200:
        return _approved(reply.parsed(), request)
    if reply.status == 402:
        return _declined(reply)
    raise reply.failure()


def look_up(request: ChargeRequest, *, until: float, others: Collection[str]) -> Answer | NotCharged:
    """Return what became of a charge whose key can tell no more; `others` are charges known otherwise."""
    found, is_final = _list(request, until=until, others=others)
    succeeded = [known for known in found if known["status"] == "succeeded"]
    if len(succeeded) > 1:
        raise NeverAgain("charged_more_than_once", reference=succeeded[0]["id"][:64])
    if succeeded:
        return _approved(succeeded[0], request)
    # Only a plain "no" makes another key safe.
    if not is_final:
        raise TryAgain("the provider still works on the charge")
    if found:
        return Answer(is_approved=False, reference=found[0]["id"][:64], failure_code="card_declined")
    return NotCharged()


def find_charges(request: ChargeRequest, *, until: float, others: Collection[str]) -> list[Charged]:
    """Return all that was charged for the order beside `others`, or raise a `ProviderFailure`."""
    found, is_final = _list(request, until=until, others=others)
    if not is_final:
        raise TryAgain("the provider still works on the charge")
    return [_charged(known, request) for known in found if known["status"] == "succeeded"]


def _list(
    request: ChargeRequest, *, until: float, others: Collection[str]
) -> tuple[list[dict[str, Any]], bool]:
    """Return the order's charges beside `others`, and whether no more can come and none can change."""
    reply = exchange(Call("GET", "/v1/charges", until, query={"reference": request.reference}))
    if reply.status != 200:
        raise reply.failure()
    listed = reply.parsed()
    found = [known for known in _charges(listed) if known["id"] not in others]
    has_ended = all(known["status"] in ("succeeded", "failed") for known in found)
    return found, has_ended and listed.get("running") is False


def _charged(known: dict[str, Any], request: ChargeRequest) -> Charged:
    amount_minor, currency = known.get("amount"), known.get("currency")
    if not isinstance(amount_minor, int) or amount_minor <= 0 or not isinstance(currency, str):
        raise TryAgain("the provider's list cannot be read")
    if len(known["id"]) > LONGEST_ID:
        raise TryAgain("the provider's list holds an id too long")
    if known.get("reference") != request.reference:
        raise TryAgain("the provider's list holds another order's charge")
    return Charged(known["id"], amount_minor, currency)


def _charges(listed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the charges of a list that is whole and readable."""
    charges = listed.get("data")
    if not isinstance(charges, list) or listed.get("has_more"):
        raise TryAgain("the provider's list is not whole")
    for known in charges:
        if not isinstance(known, dict) or not isinstance(known.get("id"), str) or "status" not in known:
            raise TryAgain("the provider's list cannot be read")
    return charges


def _approved(payload: dict[str, Any], request: ChargeRequest) -> Answer:
    reference = payload.get("id")
    if payload.get("status") != "succeeded" or not isinstance(reference, str) or not reference:
        raise TryAgain("the provider's answer names no charge that succeeded")
    charged = (payload.get("amount"), payload.get("currency"), payload.get("reference"))
    if charged != (request.amount_minor, request.currency, request.reference):
        raise NeverAgain("charged_something_else", reference=reference[:64])
    return Answer(is_approved=True, reference=reference[:64])


def _declined(reply: Reply) -> Answer:
    error = reply.error()
    if error.get("type") != "card_error":
        raise TryAgain("the provider's answer names no decline")
    return Answer(is_approved=False, reference=error.get("charge", ""), failure_code=error.get("code", ""))
