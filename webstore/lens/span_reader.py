"""Spans out: a trace's spans for the tree, one span in full for its details."""

import json
import sqlite3
from dataclasses import dataclass

from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as StoredSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from webstore.evidence.tree import Span
from webstore.lens.attributes import Plain, plain_attributes

# A page shows no more than this; the read API gives them all.
MOST_SPANS = 2_000

_KINDS = {
    StoredSpan.SPAN_KIND_SERVER: "server",
    StoredSpan.SPAN_KIND_CLIENT: "client",
    StoredSpan.SPAN_KIND_PRODUCER: "producer",
    StoredSpan.SPAN_KIND_CONSUMER: "consumer",
}


@dataclass(frozen=True)
class Event:
    name: str
    time_ns: int
    attributes: dict[str, Plain]


@dataclass(frozen=True)
class Details:
    """What a tree does not need, read for one span."""

    kind: str
    status_message: str
    attributes: dict[str, Plain]
    events: list[Event]
    resource: dict[str, Plain]
    links: list[str]
    """Ids of linked traces."""


def spans_of(db: sqlite3.Connection, trace_id: str) -> list[Span]:
    """Return the trace's spans by start, at most MOST_SPANS; one query."""
    rows = db.execute(
        "SELECT span_id, parent_id, service, name, kind, start_ns, end_ns, status, attributes FROM spans"
        " JOIN resources ON resources.id = resource_id WHERE trace_id = ? ORDER BY start_ns, span_id LIMIT ?",
        (trace_id, MOST_SPANS),
    )
    return [
        Span(
            span_id=row["span_id"],
            parent_id=row["parent_id"],
            service=row["service"],
            name=row["name"],
            kind=_KINDS.get(row["kind"], "internal"),
            start_ns=row["start_ns"],
            end_ns=row["end_ns"],
            is_error=row["status"] == Status.STATUS_CODE_ERROR,
            attributes=json.loads(row["attributes"]),
        )
        for row in rows
    ]


def span_count(db: sqlite3.Connection, trace_id: str) -> int:
    row = db.execute("SELECT span_count FROM traces WHERE trace_id = ?", (trace_id,)).fetchone()
    return int(row[0]) if row else 0


def has_departed(db: sqlite3.Connection, trace_id: str) -> bool:
    """Return whether the trace was here once."""
    return db.execute("SELECT 1 FROM departed WHERE trace_id = ?", (trace_id,)).fetchone() is not None


def details_of(db: sqlite3.Connection, trace_id: str, span_id: str) -> Details | None:
    row = db.execute(
        "SELECT spans.body, resources.body FROM spans JOIN resources ON resources.id = resource_id"
        " WHERE trace_id = ? AND span_id = ?",
        (trace_id, span_id),
    ).fetchone()
    if row is None:
        return None
    span, resource = StoredSpan.FromString(row[0]), Resource.FromString(row[1])
    return Details(
        kind=_KINDS.get(span.kind, "internal"),
        status_message=span.status.message,
        attributes=plain_attributes(span.attributes),
        events=[Event(e.name, e.time_unix_nano, plain_attributes(e.attributes)) for e in span.events],
        resource=plain_attributes(resource.attributes),
        links=[link.trace_id.hex() for link in span.links],
    )
