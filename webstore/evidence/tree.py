"""A trace as a tree: who called whom, how long each took by itself, and what is missing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Span:
    span_id: str
    parent_id: str
    """"" for a span that began its trace."""
    service: str
    name: str
    kind: str
    """internal, server, client, producer or consumer."""
    start_ns: int
    end_ns: int
    is_error: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration_ns(self) -> int:
        """Never negative: a clock may be set back while a span is open."""
        return max(0, self.end_ns - self.start_ns)


@dataclass(eq=False)
class Node:
    span: Span
    children: list["Node"] = field(default_factory=list)
    holds_error: bool = False
    """Whether it or anything below it failed."""

    @cached_property
    def self_ns(self) -> int:
        """Return the time no child covers; children that overlap are counted once."""
        covered, reached = 0, self.span.start_ns
        for child in self.children:
            start = max(child.span.start_ns, reached)
            end = min(child.span.end_ns, self.span.end_ns)
            if end > start:
                covered += end - start
                reached = end
        return self.span.duration_ns - covered

    def walk(self) -> Iterator[tuple["Node", int]]:
        """Yield this node and all below with their depth, parents first, each level by time."""
        waiting = [(self, 0)]
        while waiting:
            node, depth = waiting.pop()
            yield node, depth
            waiting += [(child, depth + 1) for child in reversed(node.children)]


@dataclass(frozen=True)
class Tree:
    roots: tuple[Node, ...]
    orphans: Mapping[str, tuple[Node, ...]]
    """Nodes by the parent they name, which is not here."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        tops = [*self.roots, *(node for group in self.orphans.values() for node in group)]
        return tuple(node for top in tops for node, _depth in top.walk())

    @property
    def is_complete(self) -> bool:
        return bool(self.roots) and not self.orphans

    @cached_property
    def start_ns(self) -> int:
        return min((node.span.start_ns for node in self.nodes), default=0)

    @cached_property
    def end_ns(self) -> int:
        return max((max(node.span.start_ns, node.span.end_ns) for node in self.nodes), default=0)

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @cached_property
    def first(self) -> Node | None:
        """The node that names the trace: the earliest root, else the earliest of all."""
        return min(self.roots or self.nodes, key=_by_time, default=None)


def build(spans: Iterable[Span]) -> Tree:
    nodes = {span.span_id: Node(span) for span in spans}
    roots: list[Node] = []
    orphans: dict[str, list[Node]] = {}
    for node in sorted(nodes.values(), key=_by_time):
        parent_id = node.span.parent_id
        if not parent_id:
            roots.append(node)
        elif parent_id in nodes:
            nodes[parent_id].children.append(node)
        else:
            orphans.setdefault(parent_id, []).append(node)
    roots += _cut_loops(nodes, [*roots, *(node for group in orphans.values() for node in group)])
    tree = Tree(tuple(roots), {parent_id: tuple(group) for parent_id, group in orphans.items()})
    for node in reversed(tree.nodes):
        node.holds_error = node.span.is_error or any(child.holds_error for child in node.children)
    return tree


def _cut_loops(nodes: Mapping[str, Node], tops: list[Node]) -> list[Node]:
    """Return a root for each loop of spans that name one another as parent, cut open there."""
    reached = {node.span.span_id for top in tops for node, _depth in top.walk()}
    cut: list[Node] = []
    for node in sorted(nodes.values(), key=_by_time):
        if node.span.span_id in reached:
            continue
        nodes[node.span.parent_id].children.remove(node)
        cut.append(node)
        reached |= {below.span.span_id for below, _depth in node.walk()}
    return cut


def _by_time(node: Node) -> tuple[int, int, str]:
    return node.span.start_ns, -node.span.end_ns, node.span.span_id
