"""Every instrument of the contract at 10 % sampling: it is there, and each of its dots opens its span."""

from collections.abc import Callable

import pytest

from tests.e2e.evidence import eventually
from webstore.evidence.audit import bucket_query
from webstore.evidence.client import Exemplar, ReadSide
from webstore.evidence.tree import Span
from webstore.telemetry import contract

FAR_PAST, FAR_FUTURE = 0.0, 9e9

IsRight = Callable[[Span], bool]


def _is_run(span: Span) -> bool:
    return (span.name.split("/")[0], span.kind, span.service) == ("run", "consumer", contract.WORKER)


# What the span of each histogram's dots is.
RIGHT: dict[str, IsRight] = {
    contract.CHECKOUT_AMOUNT.name: lambda span: span.name == contract.CHECKOUT,
    contract.PAYMENT_DURATION.name: lambda span: span.name == contract.PROCESS_PAYMENT,
    contract.TIME_TO_PAID.name: lambda span: span.name == contract.PROCESS_PAYMENT,
    contract.TASK_WAIT.name: _is_run,
    contract.TASK_DURATION.name: _is_run,
    contract.HTTP_SERVER_DURATION: lambda span: span.kind == "server",
    contract.HTTP_CLIENT_DURATION: lambda span: span.kind == "client" and span.service == contract.WORKER,
}


def _exemplars(read_side: ReadSide, name: str) -> list[Exemplar]:
    query = bucket_query(name)
    return eventually(lambda: read_side.exemplars(query, start=FAR_PAST, end=FAR_FUTURE))


def test_every_histogram_has_its_span_named_here() -> None:
    assert set(RIGHT) == set(contract.HISTOGRAM_NAMES)


@pytest.mark.parametrize("name", contract.HISTOGRAM_NAMES)
def test_every_dot_opens_the_right_span(read_side: ReadSide, name: str) -> None:
    exemplars = _exemplars(read_side, name)

    opened = [
        [span for span in read_side.trace(exemplar.trace_id) if span.span_id == exemplar.span_id]
        for exemplar in exemplars
    ]
    assert exemplars
    assert [spans for spans in opened if len(spans) != 1 or not RIGHT[name](spans[0])] == []


def test_both_outcomes_and_every_task_have_dots(read_side: ReadSide) -> None:
    payments = {found.series["outcome"] for found in _exemplars(read_side, contract.PAYMENT_DURATION.name)}
    tasks = {found.series["task"] for found in _exemplars(read_side, contract.TASK_DURATION.name)}

    assert payments == {contract.APPROVED, contract.DECLINED, contract.ERROR, contract.TIMEOUT}
    assert tasks >= {"payments.tasks.charge", "payments.tasks.sweep"}
