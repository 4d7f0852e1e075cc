"""What the provider is told that a charge or refund is for, and what such a name says of ours.

A charge is called by its order's number, "K7QP-4M2X", and a refund by that and its own key: "K7QP-4M2X-R7".
"""

import re

_REFUND = re.compile(r"(?P<number>[0-9A-Z]{4}-[0-9A-Z]{4})-R(?P<pk>[0-9]{1,18})", re.ASCII)
_NUMBER_LENGTH = 9


def of_refund(order_number: str, refund_id: int) -> str:
    return f"{order_number}-R{refund_id}"


def key_of_charge(charge_id: str) -> str:
    """Return the key of the attempt that holds a charge nobody here asked for: there can be one only."""
    return f"charge-{charge_id}"


def read_refund(reference: str) -> tuple[str, int] | None:
    """Return the order's number and the refund's key, None for what we call no refund."""
    named = _REFUND.fullmatch(reference)
    return (named["number"], int(named["pk"])) if named else None


def order_number(reference: str) -> str:
    """Return the number of the order that a charge or refund is for, if it is one of ours."""
    return reference[:_NUMBER_LENGTH]
