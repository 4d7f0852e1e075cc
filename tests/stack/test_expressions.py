"""After some traffic every panel shows something, and every dot of a panel opens its trace."""

import pytest

from tests.deploy import self_metrics, sources
from tests.deploy.sources import Expression
from tests.e2e.evidence import dots, eventually
from tests.stack.asking import now, over_time
from tests.stack.judging import read_side
from tests.stack.running import Stack
from tests.stack.traffic import Traffic

# The audit comes once a minute, and its rate needs two.
_SECONDS = 150
SHOWN = [*sources.panel_expressions(), *sources.span_queries(), *sources.recordings()]
DOTTED = list(sources.exemplar_expressions())
TOLD = {
    name: labels
    for name, labels in (self_metrics.COLLECTOR | self_metrics.PROMETHEUS).items()
    if name not in self_metrics.AFTER_A_FAILURE
}


@pytest.mark.parametrize("expression", SHOWN, ids=lambda expression: expression.where)
def test_every_expression_returns_data(stack: Stack, traffic: Traffic, expression: Expression) -> None:
    assert eventually(lambda: over_time(stack, expression.text, since=traffic.began_at), seconds=_SECONDS)


@pytest.mark.parametrize("expression", DOTTED, ids=lambda expression: expression.where)
def test_every_panel_with_dots_has_some_that_open(
    stack: Stack, traffic: Traffic, expression: Expression
) -> None:
    newest = eventually(lambda: dots(stack.prometheus, expression.text))[-5:]

    with read_side(stack) as asked:
        opened = [{span.span_id for span in asked.trace(dot.trace_id)} for dot in newest]
    assert newest
    assert [dot for dot, spans in zip(newest, opened, strict=True) if dot.span_id not in spans] == []


@pytest.mark.parametrize("name", TOLD)
def test_back_ends_tell_of_themselves_by_these_names(stack: Stack, traffic: Traffic, name: str) -> None:
    series = eventually(lambda: now(stack, name))

    assert series
    told = {label for labels in series for label in labels} - {"__name__", "job", "instance"}
    assert told == set(TOLD[name])
