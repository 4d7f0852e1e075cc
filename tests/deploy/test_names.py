"""No dashboard, rule or runbook names a series, a label or a value that nobody makes."""

import re
from pathlib import Path

import pytest

from tests.deploy import series, sources
from tests.deploy.promql import Reader, alternatives
from tests.deploy.sources import Expression

EXPRESSIONS = sources.every_expression()
_SERIES = re.compile(r"\b(?:webstore|http_server|http_client|otelcol|prometheus_tsdb|prometheus_api)_\w+")
_RECORDED = re.compile(r"\bwebstore:[a-z0-9_:]+")


def _named(expression: Expression) -> str:
    return expression.where


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=_named)
def test_every_series_and_label_is_made_by_somebody(expression: Expression) -> None:
    labels = Reader(series.labels_of).read(expression.text)

    assert expression.told <= labels


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=_named)
def test_every_value_asked_for_can_be_there(expression: Expression) -> None:
    reader = Reader(series.labels_of)
    reader.read(expression.text)

    asked = [(label, value) for selector in reader.selectors for label, value in selector.matchers]
    known = [(label, value) for label, value in asked if label in series.VALUES]
    assert [pair for pair in known if set(alternatives(pair[1])) - series.VALUES[pair[0]]] == []


@pytest.mark.parametrize("path", sources.RUNBOOKS, ids=lambda path: path.stem)
def test_every_series_in_a_runbooks_text_is_made_by_somebody(path: Path) -> None:
    text = path.read_text()

    names = {*_SERIES.findall(text), *_RECORDED.findall(text)}
    assert [name for name in names if not series.is_made(name)] == []


def test_there_is_something_to_check() -> None:
    assert len(EXPRESSIONS) > 60
    assert sources.RULES
    assert sources.DASHBOARDS
