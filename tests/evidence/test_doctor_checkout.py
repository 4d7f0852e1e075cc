"""A practice order's own dot and trace, as the lens has them: whole, cut, or by clocks that differ."""

import threading
import time
from collections.abc import Callable

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.evidence.surgery import places, tell_of_programs
from tests.lens import building
from tests.lens.process import LensProcess
from webstore.evidence.doctor.checkout import BuyingFailed
from webstore.evidence.doctor.examination import diagnose
from webstore.evidence.doctor.verdict import State, Verdict
from webstore.evidence.doctor.visit import Limits, Purchase, Visit
from webstore.telemetry import contract

HOUR = 3_600 * building.SECOND
LIMITS = Limits(most_seconds=30, settling_seconds=2, purchase_seconds=2)
NAMES = (contract.CHECKOUT, contract.PROCESS_PAYMENT, contract.PAYMENT_PROVIDER_API)


def _followed(lens: LensProcess, buy: Callable[[], Purchase]) -> Verdict:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    known = places(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")},
        metrics_url=lens.pages_url,
        traces_url=lens.pages_url,
    )
    found = diagnose(Visit(known, limits=LIMITS, buy=buy))
    [verdict] = [one for one in found.verdicts if one.hop == "checkout"]
    return verdict


def _order(
    lens: LensProcess, number: str, *, names: tuple[str, ...] = NAMES, worker_off_ns: int = 0, dot_of: int = 2
) -> Callable[[], Purchase]:
    """Return what "buys" an order whose trace has these spans, the worker by a clock of its own."""

    def buy() -> Purchase:
        trace, began_at, now_ns = number.encode().ljust(16, b"."), time.time(), building.now_ns()
        later_ns = now_ns + building.SECOND + worker_off_ns
        spans = {
            contract.CHECKOUT: _root(number, now_ns),
            contract.PROCESS_PAYMENT: building.span(
                2, trace=trace, parent=1, start_ns=later_ns, webstore__order__number=number
            ),
            contract.PAYMENT_PROVIDER_API: building.span(3, trace=trace, parent=2, start_ns=later_ns),
        }
        for name in names:
            _send(lens, name, spans[name])
        dot = building.exemplar(0.5, trace=trace, span_number=dot_of)
        metric = building.histogram(building.histogram_point((0, 1, 0, 0), exemplars=[dot]))
        metric.name = contract.PAYMENT_DURATION.name
        assert lens.send("/v1/metrics", building.metrics(metric)).ok
        return Purchase(number, "Paid", began_at)

    return buy


def _root(number: str, now_ns: int) -> Span:
    return building.span(1, trace=number.encode().ljust(16, b"."), start_ns=now_ns)


def _send(lens: LensProcess, name: str, span: Span) -> None:
    span.name = name
    service = contract.WEB if name == contract.CHECKOUT else contract.WORKER
    assert lens.send("/v1/traces", building.traces(span, service=service)).ok


def test_whole_trace_is_fine(lens: LensProcess) -> None:
    found = _followed(lens, _order(lens, "AAAA"))

    assert found.state is State.FINE
    assert found.said == "Order AAAA (Paid): its dot opens one trace of 3 spans through web, worker."


@pytest.mark.parametrize(("off_ns", "word"), [(-HOUR, "before"), (HOUR, "after")])
def test_workers_clock_an_hour_off_is_named(lens: LensProcess, off_ns: int, word: str) -> None:
    found = _followed(lens, _order(lens, f"CC{word}", worker_off_ns=off_ns))

    assert (found.state, found.setting) == (State.WRONG, "the clock of worker (NTP)")
    assert f" min {word} web calls it." in found.said


def test_cut_trace_is_named(lens: LensProcess) -> None:
    found = _followed(lens, _order(lens, "DDDD", names=NAMES[1:]))

    assert (found.state, found.said) == (
        State.WRONG,
        "Order DDDD (Paid): its trace lacks POST /checkout (web).",
    )


def test_span_that_comes_after_the_dot_is_waited_for(lens: LensProcess) -> None:
    late = threading.Timer(1, _send, (lens, contract.CHECKOUT, _root("IIII", building.now_ns())))

    def buy() -> Purchase:
        late.start()
        return _order(lens, "IIII", names=NAMES[1:])()

    assert _followed(lens, buy).state is State.FINE
    late.join()


def test_dot_of_a_span_that_never_came_is_told(lens: LensProcess) -> None:
    found = _followed(lens, _order(lens, "EEEE", dot_of=9))

    assert found.said == "Order EEEE (Paid): the dot's span is not in its trace."


def test_order_without_any_dot_is_told(lens: LensProcess) -> None:
    found = _followed(lens, lambda: Purchase("FFFF", "Paid", time.time() + 60))

    assert (found.state, found.said) == (State.WRONG, "Order FFFF (Paid) left no dot within 2 s.")


def test_others_that_speak_for_the_bucket_are_no_fault(lens: LensProcess) -> None:
    def buy() -> Purchase:
        return Purchase("HHHH", "Paid", _order(lens, "GGGG")().began_at)

    assert _followed(lens, buy).state is State.DOUBTFUL


def test_shop_that_does_not_sell_is_unseen(lens: LensProcess) -> None:
    def buy() -> Purchase:
        raise BuyingFailed("the shop shows no \x1b[31mproducts")

    found = _followed(lens, buy)

    assert (found.state, found.said) == (
        State.UNSEEN,
        "The practice order failed: the shop shows no [31mproducts.",
    )
