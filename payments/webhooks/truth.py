"""One charge as the provider's API shows it: what an event tells is never taken for it."""

from dataclasses import dataclass

from payments import conversation
from payments.exchange import Call, TryAgain, exchange, time_limit


@dataclass(frozen=True)
class Charge:
    id: str
    is_succeeded: bool
    amount_minor: int
    currency: str
    reference: str


def find(charge_id: str) -> Charge | None:
    """Return the charge, None when there is none; raise a `ProviderFailure` when that is not clear."""
    call = Call("GET", f"/v1/charges/{charge_id}", time_limit())
    reply = conversation.asked(lambda: exchange(call))
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise reply.failure()
    told = reply.parsed()
    amount, status = told.get("amount"), told.get("status")
    if told.get("id") != charge_id or not isinstance(amount, int) or status not in ("succeeded", "failed"):
        raise TryAgain("the provider's answer tells nothing final of the charge")
    return Charge(
        id=charge_id,
        is_succeeded=status == "succeeded",
        amount_minor=amount,
        currency=str(told.get("currency")),
        reference=str(told.get("reference")),
    )
