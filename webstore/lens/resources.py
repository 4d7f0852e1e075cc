"""Who sends: a program's resource, kept once."""

import sqlite3
from dataclasses import dataclass

from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from webstore.lens.attributes import as_text, plain_attributes


@dataclass(frozen=True)
class Sender:
    """What tells one sender's series from another's: never a pid, which changes with each process."""

    resource_id: int
    namespace: str
    service: str
    instance: str


def note_sender(db: sqlite3.Connection, resource: Resource, *, now_ns: int) -> Sender:
    attributes = plain_attributes(resource.attributes)
    namespace, service, instance = (
        as_text(attributes.get(key, fallback))
        for key, fallback in (
            ("service.namespace", ""),
            ("service.name", "unknown_service"),
            ("service.instance.id", ""),
        )
    )
    (resource_id,) = db.execute(
        "INSERT INTO resources (body, namespace, service, instance, seen_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (body) DO UPDATE SET seen_ns = excluded.seen_ns RETURNING id",
        (resource.SerializeToString(deterministic=True), namespace, service, instance, now_ns),
    ).fetchone()
    return Sender(resource_id, namespace, service, instance)
