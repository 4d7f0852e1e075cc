"""Spans in: one row each; one that is sent again is ignored."""

import sqlite3
from collections import Counter
from collections.abc import Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from webstore.lens.attributes import canonical
from webstore.lens.refusals import Refusals
from webstore.lens.resources import note_sender

# SQLite's integers end here; a time beyond it is the year 2262.
MAX_INTEGER = 2**63 - 1

Row = tuple[str, str, str, int, str, int, int, int, int, str, bytes, bytes]


def record_spans(db: sqlite3.Connection, request: ExportTraceServiceRequest, *, now_ns: int) -> Refusals:
    refusals = Refusals()
    added: Counter[str] = Counter()
    for group in request.resource_spans:
        resource_id = note_sender(db, group.resource, now_ns=now_ns).resource_id
        for row in _rows(group, resource_id, refusals):
            added[row[0]] += _insert(db, row)
    _count(db, added, now_ns)
    return refusals


def _rows(group: ResourceSpans, resource_id: int, refusals: Refusals) -> Iterator[Row]:
    for scope_spans in group.scope_spans:
        scope = scope_spans.scope.SerializeToString()
        for span in scope_spans.spans:
            if reason := _fault(span):
                refusals.add(reason)
                continue
            yield (
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                resource_id,
                span.name,
                span.kind,
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                span.status.code,
                canonical(span.attributes),
                scope,
                span.SerializeToString(),
            )


def _fault(span: Span) -> str:
    """Return why a span cannot be kept, "" when it can."""
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "a trace id is 16 bytes, not all zero"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "a span id is 8 bytes, not all zero"
    if len(span.parent_span_id) not in {0, 8}:
        return "a parent span id is 8 bytes, or none"
    if max(span.start_time_unix_nano, span.end_time_unix_nano) > MAX_INTEGER:
        return "a time is beyond the year 2262"
    return ""


def _insert(db: sqlite3.Connection, row: Row) -> int:
    return db.execute("INSERT OR IGNORE INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row).rowcount


def _count(db: sqlite3.Connection, added: Counter[str], now_ns: int) -> None:
    db.executemany(
        "INSERT INTO traces VALUES (?, ?, ?)"
        " ON CONFLICT (trace_id) DO UPDATE SET span_count = span_count + excluded.span_count",
        [(trace_id, now_ns, count) for trace_id, count in added.items() if count],
    )
    db.executemany("DELETE FROM departed WHERE trace_id = ?", [(trace_id,) for trace_id in added])
    db.execute("UPDATE totals SET spans = spans + ?", (added.total(),))
