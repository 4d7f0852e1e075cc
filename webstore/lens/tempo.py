"""A stored trace in Tempo's shape: protobuf's own JSON, so ids are base64."""

import sqlite3
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span


def resource_spans(db: sqlite3.Connection, trace_id: str) -> list[dict[str, Any]]:
    """Return the trace's spans by resource and scope, [] when there is no such trace."""
    groups: dict[bytes, ResourceSpans] = {}
    scopes: dict[tuple[bytes, bytes], ScopeSpans] = {}
    rows = db.execute(
        "SELECT resources.body AS resource, spans.scope, spans.body FROM spans"
        " JOIN resources ON resources.id = resource_id WHERE trace_id = ? ORDER BY start_ns, span_id",
        (trace_id,),
    )
    for resource, scope, body in rows:
        if resource not in groups:
            groups[resource] = ResourceSpans(resource=Resource.FromString(resource))
        if (resource, scope) not in scopes:
            added = groups[resource].scope_spans.add()
            added.scope.CopyFrom(InstrumentationScope.FromString(scope))
            scopes[resource, scope] = added
        scopes[resource, scope].spans.append(Span.FromString(body))
    return [MessageToDict(group) for group in groups.values()]
