"""What a caller hears when a fault strikes."""

from payments.sandbox.answers import Answer, refusal
from payments.sandbox.switches import Fault, Switches


def refused(struck: Switches) -> Answer | None:
    """Return the answer of a fault that stores nothing, or None for any other fault."""
    if struck.fault == Fault.RATE_LIMIT:
        return refusal(
            429,
            "rate_limit_error",
            code="rate_limited",
            message="Too many requests. Nothing was stored.",
            retry_after_seconds=struck.retry_after,
        )
    if struck.fault == Fault.UNAVAILABLE:
        return refusal(
            503,
            "api_error",
            code="unavailable",
            message="Down for a moment. Nothing was stored.",
            retry_after_seconds=struck.retry_after,
        )
    return None


def broken(struck: Switches) -> Answer:
    """Return the failure that becomes the key's first answer."""
    return refusal(
        struck.status, "api_error", code="processing_error", message="Something broke while charging."
    )
