"""OTLP's JSON, which differs from protobuf's: ids are hex, not base64."""

import base64
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

_ID_KEYS = frozenset({"traceId", "spanId", "parentSpanId"})


class BadJSONError(ValueError):
    pass


def parse(body: bytes, message: Message) -> None:
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise BadJSONError("an object is wanted")
        json_format.ParseDict(_with_base64_ids(document), message, ignore_unknown_fields=True)
    except (ValueError, TypeError, AttributeError, RecursionError, json_format.ParseError) as error:
        # The library lets a few plain errors through for values of the wrong shape.
        raise BadJSONError(str(error)) from error


def _with_base64_ids(node: Any) -> Any:
    """Return the document with its ids as protobuf wants them. Attribute names are values, never keys."""
    if isinstance(node, list):
        return [_with_base64_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64encode(bytes.fromhex(value)).decode()
        if key in _ID_KEYS and isinstance(value, str)
        else _with_base64_ids(value)
        for key, value in node.items()
    }
