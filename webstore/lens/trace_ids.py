"""Trace ids as people and programs write them."""

import re

_HEX = re.compile(r"[0-9a-fA-F]{1,32}")


def trace_id_of(text: str) -> str | None:
    """Return 32 lower-case hex digits, None when `text` is no id. Short ones are padded, as Tempo does."""
    return text.lower().rjust(32, "0") if _HEX.fullmatch(text) else None
