"""What a trace's page says, put together from the stored spans."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from webstore.evidence.tree import Node, Tree, build
from webstore.lens import span_reader
from webstore.lens.attributes import Plain, as_text
from webstore.lens.chart import Tick
from webstore.lens.colours import colour_numbers
from webstore.lens.measures import duration_ns
from webstore.lens.span_reader import Details
from webstore.lens.waterfall import Row, Waterfall
from webstore.telemetry import contract

# Longer text is folded away.
LONG_TEXT = 300


@dataclass(frozen=True)
class Field:
    key: str
    value: str
    is_long: bool


@dataclass(frozen=True)
class EventText:
    name: str
    after: str
    fields: list[Field]


@dataclass(frozen=True)
class SpanPanel:
    """One span in full."""

    node: Node
    took: str
    own: str
    starts: str
    details: Details
    fields: list[Field]
    events: list[EventText]
    resource: list[Field]

    @property
    def ids(self) -> list[Field]:
        span = self.node.span
        return _fields({"span": span.span_id} | ({"parent": span.parent_id} if span.parent_id else {}))


@dataclass(frozen=True)
class TracePage:
    trace_id: str
    tree: Tree
    rows: list[Row]
    ticks: list[Tick]
    panel: SpanPanel | None
    span_count: int
    waits_for: str
    """A span the link names that has not arrived."""

    @property
    def title(self) -> str:
        return self.tree.first.span.name if self.tree.first else "Trace"

    @property
    def took(self) -> str:
        return duration_ns(self.tree.duration_ns)

    @property
    def started(self) -> datetime:
        return datetime.fromtimestamp(self.tree.start_ns / 1e9, UTC)

    @property
    def services(self) -> list[str]:
        return list(dict.fromkeys(node.span.service for node in self.tree.nodes))

    @property
    def kept_because(self) -> list[str]:
        reasons = (node.span.attributes.get(contract.KEPT) for node in self.tree.nodes)
        return list(dict.fromkeys(str(reason) for reason in reasons if reason))

    @property
    def errors(self) -> list[Node]:
        return [node for node in self.tree.nodes if node.span.is_error]

    @property
    def missing_count(self) -> int:
        return len(self.tree.orphans)

    @property
    def hidden_count(self) -> int:
        return max(0, self.span_count - len(self.tree.nodes))


def read(db: sqlite3.Connection, trace_id: str, *, selected: str, opened: str) -> TracePage | None:
    """Return the page of a stored trace, None when there is none; five queries."""
    spans = span_reader.spans_of(db, trace_id)
    if not spans:
        return None
    tree = build(spans)
    waterfall = Waterfall(tree, colour_numbers(db), selected=selected, opened=opened)
    panel = _panel(db, trace_id, tree, span_id=selected) if selected else None
    return TracePage(
        trace_id=trace_id,
        tree=tree,
        rows=list(waterfall.rows()),
        ticks=waterfall.ticks(),
        panel=panel,
        span_count=span_reader.span_count(db, trace_id),
        waits_for=selected if selected and panel is None else "",
    )


def _panel(db: sqlite3.Connection, trace_id: str, tree: Tree, *, span_id: str) -> SpanPanel | None:
    node = next((node for node in tree.nodes if node.span.span_id == span_id), None)
    details = span_reader.details_of(db, trace_id, span_id) if node else None
    if node is None or details is None:
        return None
    return SpanPanel(
        node=node,
        took=duration_ns(node.span.duration_ns),
        own=duration_ns(node.self_ns),
        starts=duration_ns(node.span.start_ns - tree.start_ns),
        details=details,
        fields=_fields(details.attributes),
        events=[
            EventText(event.name, duration_ns(event.time_ns - tree.start_ns), _fields(event.attributes))
            for event in details.events
        ],
        resource=_fields(details.resource),
    )


def _fields(attributes: Mapping[str, Plain]) -> list[Field]:
    return [
        Field(key, text, is_long=len(text) > LONG_TEXT or "\n" in text)
        for key, text in ((key, as_text(value)) for key, value in sorted(attributes.items()))
    ]
