"""Every dot opens: after traffic, each exemplar there is has its trace, and the span it names."""

import time

import pytest

from tests.e2e import evidence
from tests.e2e.evidence import Dot
from tests.stack.judging import accepted, judged
from tests.stack.running import Stack
from tests.stack.traffic import Traffic
from webstore.evidence.audit import Report

PAYMENT = "webstore_payment_duration_bucket"
AMOUNT = "webstore_checkout_amount_bucket"


@pytest.fixture(scope="module")
def report(stack: Stack, traffic: Traffic) -> Report:
    return judged(stack, since=traffic.began_at)


@pytest.mark.parametrize(("query", "span_name"), [(PAYMENT, "process_payment"), (AMOUNT, "POST /checkout")])
def test_each_dot_opens_a_trace_at_the_span_it_was_measured_in(
    stack: Stack, report: Report, query: str, span_name: str
) -> None:
    dots = evidence.dots(stack.prometheus, query)

    assert len(dots) > 10
    assert {_named(stack, dot) for dot in dots} == {span_name}


def _named(stack: Stack, dot: Dot) -> str:
    spans = evidence.trace(stack.traces, dot.trace_id)
    return next((span.name for span in spans if span.span_id == dot.span_id), "no such span")


def test_every_outcome_of_a_payment_has_a_dot(stack: Stack, report: Report) -> None:
    outcomes = {dot.labels["outcome"] for dot in evidence.dots(stack.prometheus, PAYMENT)}

    assert outcomes >= {"approved", "declined", "error", "timeout"}


def test_worst_payments_trace_leads_to_the_provider(stack: Stack, report: Report) -> None:
    worst = max(evidence.dots(stack.prometheus, PAYMENT), key=lambda dot: dot.value)

    spans = evidence.trace(stack.traces, worst.trace_id)

    assert worst.value > 5
    assert {span.service for span in spans} == {"web", "worker", "provider"}
    assert {"POST /checkout", "process_payment", "payment_provider_api"} <= {span.name for span in spans}


def test_three_hundred_dots_none_of_them_dead(report: Report) -> None:
    assert report.dead == ()
    assert report.unchecked_count == 0
    assert report.counts["alive"] >= 300


def test_a_tenth_is_what_was_asked_for(stack: Stack, report: Report) -> None:
    told = evidence.values(stack.prometheus, "webstore_telemetry_info")

    assert {(labels["job"], labels["ratio"]) for labels, _ in told} == {
        (f"webstore/{program}", "0.1") for program in ("web", "worker", "beat", "provider")
    }


def test_nothing_traces_itself_round_in_circles(stack: Stack, report: Report) -> None:
    before = accepted(stack, "spans")
    time.sleep(5)

    assert accepted(stack, "spans") - before < 250
