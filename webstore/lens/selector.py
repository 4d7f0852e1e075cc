"""The part of PromQL this store answers: one metric name with label matchers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_LENGTH = 2_000

_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*", re.DOTALL)
_MATCHER = re.compile(
    r"""\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*(,|$)"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class BadSelectorError(ValueError):
    """What is wrong with a query, in words for its author."""


@dataclass(frozen=True)
class Matcher:
    label: str
    operator: str
    value: str

    def accepts(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (found == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, found[:1_000]) is not None) is (self.operator == "=~")


@dataclass(frozen=True)
class Selector:
    name: str
    matchers: tuple[Matcher, ...]

    def accepts(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.accepts(labels) for matcher in self.matchers)


def parse(query: str) -> Selector:
    match = _SELECTOR.fullmatch(query) if len(query) <= MAX_LENGTH else None
    if match is None:
        raise BadSelectorError('only a selector is answered here, like name{label="value"}')
    return Selector(match[1], tuple(_matchers(match[2] or "")))


def _matchers(text: str) -> list[Matcher]:
    matchers, position = [], 0
    while text[position:].strip():
        match = _MATCHER.match(text, position)
        if match is None:
            raise BadSelectorError(f"cannot read the matcher at {text[position : position + 40]!r}")
        matchers.append(Matcher(match[1], match[2], _value(match[2], match[3][1:-1])))
        position = match.end()
    return matchers


def _value(operator: str, quoted: str) -> str:
    value = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted, flags=re.DOTALL)
    if operator in {"=~", "!~"}:
        _check_pattern(value)
    return value


def _check_pattern(pattern: str) -> None:
    # Prometheus' patterns take linear time; Python's may take for ever, and any page can send one here.
    if re.search(r"\)\s*[*+?{]|\(\?|\\\d", pattern) or len(re.findall(r"[*+{]", pattern)) > 2:
        raise BadSelectorError("this pattern is too much here: no repeated groups, two repeats at most")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadSelectorError(f"cannot read the pattern {pattern!r}: {error}") from error
