"""Whether an event is the provider's own: a signature over its timestamp and its very bytes."""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256

HEADER = "Webhook-Signature"
# How far the provider's clock may be from ours, and how long a copied request is worth anything.
TOLERANCE_SECONDS = 300

_LONGEST_HEADER = 1024
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)


def is_valid(header: str, body: bytes, *, secrets: Sequence[str], now: float) -> bool:
    """Return whether one of the secrets signed this body lately.

    The header reads `t=<unix s>,v1=<hex>`; while secrets are exchanged it holds several `v1`, and
    schemes of other names are none of ours.
    """
    timestamp, signatures = _read(header)
    if timestamp is None or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    expected = [sign(body, secret=secret, timestamp=timestamp) for secret in secrets]
    return any(hmac.compare_digest(given, ours) for given in signatures for ours in expected)


def sign(body: bytes, *, secret: str, timestamp: str) -> str:
    """Return the signature in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def _read(header: str) -> tuple[str | None, list[str]]:
    """Return the timestamp as it stands there, None for an unreadable one, and all signatures."""
    if len(header) > _LONGEST_HEADER:
        return None, []
    parts = [part.strip().partition("=") for part in header.split(",")]
    timestamps = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1" and _SIGNATURE.fullmatch(value)]
    # Two of them, and nobody can say which one was signed.
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
        return None, []
    return timestamps[0], signatures
