"""Narrowing a metric by what its series are labelled with: plain links, each with its count."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from webstore.lens.attributes import as_text
from webstore.lens.series import Series

# Keeps attribute names apart from a page's own parameters.
PREFIX = "a."
PROGRAM, INSTANCE = "service.name", "service.instance.id"


@dataclass(frozen=True)
class Choice:
    text: str
    count: int
    href: str
    is_on: bool


@dataclass(frozen=True)
class Facet:
    key: str
    choices: list[Choice]


def wanted(query: QueryDict) -> dict[str, str]:
    """Return the attribute values a link narrows to."""
    return {key.removeprefix(PREFIX): str(query[key]) for key in query if key.startswith(PREFIX)}


def facts_of(series: Series) -> dict[str, str]:
    own = {key: as_text(value) for key, value in series.attributes.items()}
    return own | {PROGRAM: series.service, INSTANCE: series.instance}


def matching(series: Sequence[Series], narrowed: Mapping[str, str]) -> list[Series]:
    return [one for one in series if narrowed.items() <= facts_of(one).items()]


def facets(series: Sequence[Series], counts: Mapping[int, int], *, query: QueryDict) -> list[Facet]:
    """Return what can be narrowed by. A value's count takes every other choice into account, not its own."""
    narrowed = wanted(query)
    found = []
    for key in _keys(series):
        others = {other: value for other, value in narrowed.items() if other != key}
        totals: Counter[str] = Counter()
        for one in matching(series, others):
            if key in (facts := facts_of(one)):
                totals[facts[key]] += counts.get(one.id, 0)
        if narrowed.get(key) or len(+totals) > 1:
            found.append(Facet(key, _choices(key, totals, query=query)))
    return found


def _keys(series: Sequence[Series]) -> list[str]:
    own = sorted({key for one in series for key in one.attributes})
    return [*own, PROGRAM, INSTANCE]


def _choices(key: str, totals: Counter[str], *, query: QueryDict) -> list[Choice]:
    chosen = wanted(query).get(key)
    everything = Choice("all", totals.total(), _href(query, key, None), chosen is None)
    values = [(value, count) for value, count in totals.most_common() if count or value == chosen]
    if chosen is not None and chosen not in totals:
        values.append((chosen, 0))
    return [everything, *(Choice(v, count, _href(query, key, v), v == chosen) for v, count in values)]


def _href(query: QueryDict, key: str, value: str | None) -> str:
    """Return the same page with one attribute set, or with none of it."""
    changed = query.copy()
    changed.pop(PREFIX + key, None)
    if value is not None:
        changed[PREFIX + key] = value
    return f"?{changed.urlencode()}" if changed else "?"
