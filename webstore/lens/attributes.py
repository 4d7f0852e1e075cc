"""OTLP attributes as plain values."""

import base64
import json
import math
from collections.abc import Iterable, Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Plain = None | str | bool | int | float | list["Plain"] | dict[str, "Plain"]


def plain(value: AnyValue) -> Plain:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            # JSON has no word for these three.
            return value.double_value if math.isfinite(value.double_value) else str(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value":
            return [plain(item) for item in value.array_value.values]
        case "kvlist_value":
            return plain_attributes(value.kvlist_value.values)
    return None


def plain_attributes(pairs: Iterable[KeyValue]) -> dict[str, Plain]:
    return {pair.key: plain(pair.value) for pair in pairs}


def as_text(value: Plain) -> str:
    """Return how a value reads: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def in_words(attributes: Mapping[str, Plain]) -> str:
    """Return attributes in a line: text speaks for itself, a number or yes-no needs its name."""
    return " · ".join(
        value if isinstance(value, str) else f"{key} {as_text(value)}"
        for key, value in sorted(attributes.items())
    )


def canonical(pairs: Iterable[KeyValue]) -> str:
    """Return JSON that is equal for equal attributes, whatever order they were sent in."""
    return json.dumps(plain_attributes(pairs), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
