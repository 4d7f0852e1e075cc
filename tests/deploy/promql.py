"""PromQL read well enough to know which labels a result has, and which names are made up."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import promql_parser as promql

Labels = frozenset[str]
NO_LABELS: Labels = frozenset()

_KEEPS_ITS_SERIES = re.compile(r"^(topk|bottomk|limitk|limit_ratio)\b")


class Nonsense(Exception):
    """An expression that cannot mean what it says; the message says why."""


@dataclass(frozen=True)
class Selector:
    """One selector of an expression: its metric and (label, value) of each matcher."""

    metric: str
    matchers: tuple[tuple[str, str], ...]


@dataclass
class Reader:
    """Works out labels. `labels_of` knows each metric's; it raises KeyError for an unknown one."""

    labels_of: Callable[[str], Labels]
    selectors: list[Selector] = field(default_factory=list)

    def read(self, expression: str) -> Labels:
        """Return the labels of the result of an expression."""
        try:
            return self._labels(promql.parse(expression))
        except ValueError as error:
            raise Nonsense(f"no PromQL: {error}") from error

    def _labels(self, node: Any) -> Labels:
        match node:
            case promql.VectorSelector():
                return self._selected(node)
            case promql.MatrixSelector():
                return self._selected(node.vector_selector)
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self._labels(node.expr)
            case promql.AggregateExpr():
                return self._aggregated(node)
            case promql.BinaryExpr():
                return self._combined(node)
            case promql.Call():
                return self._called(node)
        return NO_LABELS

    def _selected(self, node: promql.VectorSelector) -> Labels:
        if not node.name:
            raise Nonsense("a selector without a metric's name")
        matchers = tuple((matcher.name, matcher.value) for matcher in node.matchers.matchers)
        self.selectors.append(Selector(node.name, matchers))
        try:
            labels = self.labels_of(node.name)
        except KeyError:
            raise Nonsense(f"nobody makes {node.name}") from None
        _demand(labels, {label for label, _ in matchers}, f"matched in {node.name}")
        return labels

    def _aggregated(self, node: promql.AggregateExpr) -> Labels:
        labels = self._labels(node.expr)
        if node.modifier is None:
            return labels if _KEEPS_ITS_SERIES.match(str(node.op)) else NO_LABELS
        named = frozenset(node.modifier.labels)
        _demand(labels, named, "aggregated by")
        return named if node.modifier.type == promql.AggModifierType.By else labels - named

    def _combined(self, node: promql.BinaryExpr) -> Labels:
        left, right = self._labels(node.lhs), self._labels(node.rhs)
        modifier = node.modifier
        named = frozenset(modifier.matching.labels) if modifier and modifier.matching else NO_LABELS
        _demand(left & right, named, "matched on")
        if str(node.op) == "or":
            return left | right
        if _is_scalar(node.lhs) or _is_scalar(node.rhs):
            return left | right
        if not named and left != right:
            raise Nonsense(f"never match: {sorted(left)} and {sorted(right)}")
        return left | frozenset(modifier.group_labels or () if modifier else ())

    def _called(self, node: promql.Call) -> Labels:
        vectors = [self._labels(argument) for argument in node.args if not _is_scalar(argument)]
        labels = vectors[-1] if vectors else NO_LABELS
        match node.func.name:
            case "histogram_quantile" | "histogram_fraction":
                _demand(labels, {"le"}, "a histogram needs")
                return labels - {"le"}
            case "label_replace" | "label_join":
                return vectors[0] | {node.args[1].val}
            case "vector" | "scalar" | "time" | "absent" | "absent_over_time":
                return NO_LABELS
        return labels


def alternatives(value: str) -> Iterator[str]:
    """Yield what a matcher's value spells out, nothing of a pattern."""
    for word in value.split("|"):
        if re.fullmatch(r"[\w./-]+", word):
            yield word


def _is_scalar(node: Any) -> bool:
    match node:
        case promql.NumberLiteral() | promql.StringLiteral():
            return True
        case promql.ParenExpr() | promql.UnaryExpr():
            return _is_scalar(node.expr)
        case promql.BinaryExpr():
            return _is_scalar(node.lhs) and _is_scalar(node.rhs)
        case promql.Call():
            return node.func.name in {"time", "scalar", "pi"}
    return False


def _demand(labels: Labels, wanted: set[str] | Labels, why: str) -> None:
    if missing := set(wanted) - labels:
        raise Nonsense(f"{why} {', '.join(sorted(missing))}, which is not there")
