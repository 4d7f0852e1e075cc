"""Equal siblings as one: the same program doing the same thing many times."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webstore.evidence.tree import Node
from webstore.lens.measures import duration_ns

FEWEST = 3
STATEMENT_KEYS = ("db.query.text", "db.statement")
# Numbers and quoted text differ between calls of one statement.
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Repeats:
    nodes: tuple[Node, ...]

    @property
    def first_id(self) -> str:
        return self.nodes[0].span.span_id

    @property
    def note(self) -> str:
        """Return how long the shortest and longest took, and how many differ in their statement."""
        durations = sorted(node.span.duration_ns for node in self.nodes)
        distinct = len({_statement(node) for node in self.nodes})
        shortest, longest = duration_ns(durations[0]), duration_ns(durations[-1])
        spread = f"{shortest} to {longest} each" if shortest != longest else f"{shortest} each"
        return f"{spread}, {distinct} distinct" if distinct > 1 else spread

    def holds(self, span_id: str) -> bool:
        return any(below.span.span_id == span_id for node in self.nodes for below, _depth in node.walk())


def repeats_among(siblings: Sequence[Node]) -> Iterable[Node | Repeats]:
    """Yield the siblings, equal ones together where the first of them stands; failures stay alone."""
    alike: dict[Key, list[Node]] = {}
    for node in siblings:
        if not node.holds_error:
            alike.setdefault(_key(node), []).append(node)
    grouped = {id(node): nodes for nodes in alike.values() if len(nodes) >= FEWEST for node in nodes}
    for node in siblings:
        nodes = grouped.get(id(node))
        if nodes is None:
            yield node
        elif nodes[0] is node:
            yield Repeats(tuple(nodes))


def _key(node: Node) -> Key:
    return node.span.service, node.span.name, _LITERAL.sub("?", _statement(node))


def _statement(node: Node) -> str:
    attributes = node.span.attributes
    return next((str(attributes[key]) for key in STATEMENT_KEYS if attributes.get(key)), "")
