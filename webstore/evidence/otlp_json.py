"""A trace in Tempo's JSON, as spans. It is protobuf's own JSON: ids are base64, defaults are left out."""

import base64
from collections.abc import Mapping
from typing import Any

from webstore.evidence.tree import Span

_KIND = "SPAN_KIND_"
_UNSPECIFIED = ("SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL")
_ERROR = "STATUS_CODE_ERROR"
_SPAN_ID_BYTES = 8


def spans(answer: Any) -> tuple[Span, ...]:
    """Return the spans of `/api/v2/traces/{id}`, by start; a missing trace has none.

    Raises ValueError, TypeError, KeyError or AttributeError for any other shape.
    """
    if answer.get("status") == "PARTIAL":
        raise ValueError("only a part of the trace came, so nothing can be said to be missing")
    found = [
        _span(span, service=_attributes(group.get("resource", {})).get("service.name", ""))
        for group in answer["trace"].get("resourceSpans", ())
        for scope in group.get("scopeSpans", ())
        for span in scope.get("spans", ())
    ]
    return tuple(sorted(found, key=lambda span: (span.start_ns, span.span_id)))


def _span(span: Mapping[str, Any], *, service: str) -> Span:
    parent_id = span.get("parentSpanId", "")
    return Span(
        span_id=_span_id(span["spanId"]),
        parent_id=_span_id(parent_id) if parent_id else "",
        service=str(service),
        name=span.get("name", ""),
        kind=_kind(span.get("kind", _UNSPECIFIED[0])),
        start_ns=int(span.get("startTimeUnixNano", 0)),
        end_ns=int(span.get("endTimeUnixNano", 0)),
        is_error=span.get("status", {}).get("code") == _ERROR,
        attributes=_attributes(span),
    )


def _span_id(text: str) -> str:
    identity = base64.b64decode(text, validate=True)
    if len(identity) != _SPAN_ID_BYTES:
        raise ValueError(f"{text!r} is no span id")
    return identity.hex()


def _kind(text: str) -> str:
    return "internal" if text in _UNSPECIFIED else text.removeprefix(_KIND).lower()


def _attributes(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {item["key"]: _value(item.get("value", {})) for item in holder.get("attributes", ())}


def _value(value: Mapping[str, Any]) -> Any:
    if "intValue" in value:
        # 64 bits do not fit a JSON number, so protobuf writes a string.
        return int(value["intValue"])
    return next(iter(value.values()), None)
