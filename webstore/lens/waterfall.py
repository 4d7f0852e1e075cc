"""A trace as rows: spans, waits between them, repeats as one, and ghosts of what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webstore.evidence.tree import Node, Tree
from webstore.evidence.waits import Wait, queue_wait
from webstore.lens.axes import linear_ticks
from webstore.lens.chart import Tick, percent
from webstore.lens.measures import Measure, duration_ns
from webstore.lens.repeats import Repeats, repeats_among

DEEPEST = 12
# Texts this near the end would run into the end's own.
END_GAP = 0.2
# Below this share a bar would be thinner than 3 px.
SLIVER = 0.006


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    """"" for one too short to stretch: it is drawn 3 px wide."""


@dataclass(frozen=True)
class Row:
    kind: str
    """span, repeats, wait or ghost."""
    name: str
    depth: int
    span_id: str = ""
    service: str = ""
    colour: int = 0
    took: str = ""
    own: str = ""
    starts: str = ""
    note: str = ""
    bars: tuple[Bar, ...] = ()
    is_error: bool = False
    is_selected: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Waterfall:
    """Turns a tree into rows. `opened` names repeats to show one by one, by their first span."""

    tree: Tree
    colours: Mapping[str, int]
    selected: str = ""
    opened: str = ""

    def rows(self) -> Iterator[Row]:
        waiting: list[Row | tuple[Node, int]] = list(reversed(self._tops()))
        while waiting:
            item = waiting.pop()
            if isinstance(item, Row):
                yield item
                continue
            node, depth = item
            yield self._span_row(node, depth)
            waiting += reversed(self._below(node, depth + 1))

    def ticks(self) -> list[Tick]:
        total = self.tree.duration_ns / 1e9
        if not total:
            return []
        values = linear_ticks(0, total, 5)
        texts = ["0", *Measure("s").ticks([*values, total])[1:]]
        near_end = total * (1 - END_GAP)
        ticks = [
            Tick(percent(value / total), text if value <= near_end else "")
            for value, text in zip(values, texts, strict=False)
        ]
        return [*ticks, Tick(percent(1), texts[-1])]

    def _tops(self) -> list[Row | tuple[Node, int]]:
        tops: list[Row | tuple[Node, int]] = [(root, 0) for root in self.tree.roots]
        for parent_id, nodes in self.tree.orphans.items():
            called = nodes[0].span.name
            tops.append(Row("ghost", f"missing span {parent_id}, which began {called}", 0, span_id=parent_id))
            tops += [(node, 1) for node in nodes]
        return tops

    def _below(self, node: Node, depth: int) -> list[Row | tuple[Node, int]]:
        rows: list[Row | tuple[Node, int]] = []
        for item in repeats_among(node.children):
            if isinstance(item, Repeats):
                rows += self._repeats(item, depth)
                continue
            if wait := queue_wait(node, item):
                rows.append(self._wait_row(wait, depth))
            rows.append((item, depth))
        return rows

    def _repeats(self, repeats: Repeats, depth: int) -> list[Row | tuple[Node, int]]:
        is_open = repeats.first_id == self.opened or repeats.holds(self.selected)
        row = self._repeats_row(repeats, depth, is_open=is_open)
        return [row, *((node, depth + 1) for node in repeats.nodes)] if is_open else [row]

    def _span_row(self, node: Node, depth: int) -> Row:
        span = node.span
        return Row(
            "span",
            span.name,
            min(depth, DEEPEST),
            span_id=span.span_id,
            service=span.service,
            colour=self.colours.get(span.service, 0),
            took=duration_ns(span.duration_ns),
            own=duration_ns(node.self_ns),
            starts=duration_ns(span.start_ns - self.tree.start_ns),
            bars=(self._bar(span.start_ns, span.duration_ns),),
            is_error=span.is_error,
            is_selected=span.span_id == self.selected,
        )

    def _wait_row(self, wait: Wait, depth: int) -> Row:
        return Row(
            "wait",
            f"waits in queue {wait.queue}" if wait.queue else "waits in its queue",
            min(depth, DEEPEST),
            took=duration_ns(wait.duration_ns),
            starts=duration_ns(wait.start_ns - self.tree.start_ns),
            bars=(self._bar(wait.start_ns, wait.duration_ns),),
        )

    def _repeats_row(self, repeats: Repeats, depth: int, *, is_open: bool) -> Row:
        first = repeats.nodes[0].span
        return Row(
            "repeats",
            f"{len(repeats.nodes)} × {first.name}",
            min(depth, DEEPEST),
            span_id=repeats.first_id,
            service=first.service,
            colour=self.colours.get(first.service, 0),
            took=duration_ns(sum(node.span.duration_ns for node in repeats.nodes)),
            own=duration_ns(sum(node.self_ns for node in repeats.nodes)),
            starts=duration_ns(first.start_ns - self.tree.start_ns),
            note=repeats.note,
            bars=tuple(self._bar(node.span.start_ns, node.span.duration_ns) for node in repeats.nodes),
            is_open=is_open,
        )

    def _bar(self, start_ns: int, duration: int) -> Bar:
        total = self.tree.duration_ns or 1
        width = duration / total
        # One at the very end is moved left, to stay inside the lane.
        x = min((start_ns - self.tree.start_ns) / total, 1 - SLIVER)
        return Bar(percent(x), percent(min(width, 1 - x)) if width >= SLIVER else "")
