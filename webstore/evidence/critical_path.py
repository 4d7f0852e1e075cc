"""What everything waited for: the chain of spans and waits that decided when a trace ended.

It is walked backwards in time. Within one program's calls the child that ended last is what its parent
waited for. A span that begins after its parent's end, or at the other end of a queue, holds up nobody
above it: it begins a block of its own, and what lies between two blocks is a wait.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from webstore.evidence.tree import Node, Tree
from webstore.evidence.waits import CONSUMER, PRODUCER, queue_wait


@dataclass(frozen=True)
class Part:
    """A stretch of the path: a span's own time, or time in which nothing ran."""

    start_ns: int
    end_ns: int
    node: Node | None = None
    """Whose own time it is; None for a wait."""
    queue: str | None = None
    """The queue a message lay in, "" for one without a name; None for any other wait."""

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(frozen=True)
class Share:
    """All of the path that one span, or one wait, takes."""

    part: Part
    """The first of its parts."""
    total_ns: int


@dataclass(frozen=True)
class Reach:
    """Which part of a trace is meant; without any limit it is the whole trace."""

    within: Node | None = None
    """What is measured ends in this span's block, not in the one that ends last."""
    since_ns: int | None = None
    until_ns: int | None = None


def critical_path(tree: Tree, reach: Reach | None = None) -> tuple[Part, ...]:
    """Return the path in the order of time, without holes; () for an empty tree."""
    reach = reach or Reach()
    if not tree.nodes:
        return ()
    backwards = list(_Walk(tree).backwards(reach))
    return tuple(reversed(_since(backwards, reach.since_ns)))


def heaviest(path: Sequence[Part]) -> Share | None:
    """Return what takes most of the path, the earliest of equals; None for an empty path."""
    shares: dict[int, Share] = {}
    for part in path:
        key = id(part.node or part)
        known = shares.get(key, Share(part, 0))
        shares[key] = replace(known, total_ns=known.total_ns + part.duration_ns)
    return max(shares.values(), key=lambda share: share.total_ns, default=None)


@dataclass(eq=False)
class _Frame:
    """A span while the walk is inside it: all after `cursor` is accounted for."""

    node: Node
    cursor: int
    floor: int
    children: Iterator[Node] = field(default_factory=lambda: iter(()))


class _Walk:
    def __init__(self, tree: Tree) -> None:
        self._parents = {id(child): node for node in tree.nodes for child in node.children}
        self._top_by_node: dict[int, Node] = {}
        for node in tree.nodes:  # parents come first
            parent = self._parents.get(id(node))
            begins_block = parent is None or _begins_block(parent, node)
            self._top_by_node[id(node)] = node if begins_block else self._top_by_node[id(parent)]
        tops = {id(top): top for top in self._top_by_node.values()}
        # Each is taken off once it is too late, or has been passed: the walk never goes forward.
        self._by_end = sorted(tops.values(), key=_end)
        self._seen: set[int] = set()

    def backwards(self, reach: Reach) -> Iterator[Part]:
        aim = reach.within or self._by_end[-1]
        until = _end(aim) if reach.until_ns is None else reach.until_ns
        while id(top := self._top_of(aim)) not in self._seen:
            self._seen.add(id(top))
            if until > _end(top):
                # A call outlived those who made it.
                yield Part(_end(top), until)
            yield from self._through(top, aim, min(until, _end(top)))
            began = top.span.start_ns
            before = self._parents.get(id(top))
            if before is None or began <= (reach.since_ns or 0):
                return
            wait, aim = self._before(top, before)
            if wait.duration_ns > 0:
                yield wait
            until = min(wait.start_ns, began)

    def _before(self, top: Node, parent: Node) -> tuple[Part, Node]:
        """Return the wait before a block, and the span in which the path goes on before it."""
        began = top.span.start_ns
        if _is_handed_over(parent, top):
            wait = queue_wait(parent, top)
            return Part(wait.start_ns if wait else began, began, queue=wait.queue if wait else ""), parent
        if _end(self._top_of(parent)) > began:
            return Part(began, began), parent
        earlier = self._last_ended(before_ns=began) or parent
        return Part(min(began, _end(earlier)), began), earlier

    def _last_ended(self, *, before_ns: int) -> Node | None:
        """Return the block that ended last before a moment, such as the try before this one."""
        while self._by_end and (_end(self._by_end[-1]) > before_ns or id(self._by_end[-1]) in self._seen):
            self._by_end.pop()
        return self._by_end[-1] if self._by_end else None

    def _through(self, top: Node, aim: Node, until: int) -> Iterator[Part]:
        """Yield one block's part of the path, backwards. A loop, because a trace may be very deep."""
        preferred = self._way_to(aim)
        frames = [self._frame(top, until, top.span.start_ns, preferred)]
        while frames:
            frame = frames[-1]
            child = next((child for child in frame.children if child.span.start_ns < frame.cursor), None)
            reached = frame.floor if child is None else max(frame.floor, min(_end(child), frame.cursor))
            if frame.cursor > reached:
                yield Part(reached, frame.cursor, frame.node)
            frame.cursor = reached
            if child is not None:
                floor = max(frame.floor, child.span.start_ns)
                frames.append(self._frame(child, reached, floor, preferred))
                continue
            frames.pop()
            if frames:
                frames[-1].cursor = min(frames[-1].cursor, frame.cursor)

    def _frame(self, node: Node, cursor: int, floor: int, preferred: set[int]) -> _Frame:
        called = (child for child in node.children if not self._is_top(child))
        by_end = sorted(called, key=lambda child: (id(child) in preferred, _end(child)), reverse=True)
        return _Frame(node, max(cursor, floor), floor, iter(by_end))

    def _way_to(self, node: Node) -> set[int]:
        way = {id(node)}
        while not self._is_top(node):
            node = self._parents[id(node)]
            way.add(id(node))
        return way

    def _top_of(self, node: Node) -> Node:
        return self._top_by_node[id(node)]

    def _is_top(self, node: Node) -> bool:
        return self._top_by_node[id(node)] is node


def _begins_block(parent: Node, child: Node) -> bool:
    return _is_handed_over(parent, child) or child.span.start_ns >= _end(parent)


def _is_handed_over(parent: Node, child: Node) -> bool:
    return parent.span.kind == PRODUCER and child.span.kind == CONSUMER


def _end(node: Node) -> int:
    return node.span.start_ns + node.span.duration_ns


def _since(backwards: Sequence[Part], since_ns: int | None) -> list[Part]:
    if since_ns is None:
        return list(backwards)
    kept = [part for part in backwards if part.end_ns > since_ns]
    return [replace(part, start_ns=max(part.start_ns, since_ns)) for part in kept]
