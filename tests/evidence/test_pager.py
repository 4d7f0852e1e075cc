"""An alert goes in, a notification with its traces comes out. The lens answers for Prometheus and Tempo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence.pager_process import PagerProcess, alert, running_pager
from tests.evidence.webhook import Webhook, webhook
from tests.lens import building
from tests.lens.process import LensProcess
from webstore.telemetry import contract

QUERY = "webstore_payment_duration_bucket"
AMOUNTS = "webstore_checkout_amount_bucket"
TIMES_TO_PAID = "webstore_order_time_to_paid_bucket"
TRACES = [bytes([number]) * 16 for number in range(1, 7)]
LINKS = [
    f"trace <https://grafana.example/trace/{trace.hex()}?a=1&amp;b=2|{trace.hex()[:8]}>" for trace in TRACES
]


def _send_payment(lens: LensProcess, trace: bytes, *, end_ns: int, seconds: float) -> None:
    """Send process_payment with a call to the provider, which takes all but 0.4 s of it."""
    ms = building.SECOND // 1_000
    begun = end_ns - round(seconds * building.SECOND)
    called = begun + 200 * ms
    paying = building.span(1, trace=trace, name=contract.PROCESS_PAYMENT, start_ns=begun, end_ns=end_ns)
    asking = building.span(
        2,
        parent=1,
        trace=trace,
        name=contract.PAYMENT_PROVIDER_API,
        start_ns=called,
        end_ns=end_ns - 200 * ms,
    )
    charging = building.span(
        3, parent=2, trace=trace, name="POST /v1/charges", start_ns=called, end_ns=end_ns - 200 * ms
    )
    asking.kind, charging.kind = asking.SPAN_KIND_CLIENT, charging.SPAN_KIND_SERVER
    assert lens.send("/v1/traces", building.traces(paying, asking, service="worker")).ok
    assert lens.send("/v1/traces", building.traces(charging, service="provider")).ok


def _send_order(lens: LensProcess, trace: bytes, *, paid_ns: int) -> None:
    """Send an order that lay in its queue for 3 s, and was paid 1 s later."""
    second = building.SECOND
    placing = building.span(1, trace=trace, start_ns=paid_ns - 5 * second, end_ns=paid_ns - 4 * second)
    ringing = building.span(
        2, parent=1, trace=trace, start_ns=paid_ns - 5 * second, end_ns=paid_ns - 4 * second
    )
    running = building.span(
        3, parent=2, trace=trace, start_ns=paid_ns - second, end_ns=paid_ns, messaging__destination="payments"
    )
    ringing.kind, running.kind = ringing.SPAN_KIND_PRODUCER, running.SPAN_KIND_CONSUMER
    assert lens.send("/v1/traces", building.traces(placing, ringing, running)).ok


def _send_dots(
    lens: LensProcess, name: str, values: dict[bytes, float], *, at_ns: int, span_number: int = 1
) -> None:
    dots = [
        building.exemplar(value, trace=trace, span_number=span_number, at_ns=at_ns + number * 10**6)
        for number, (trace, value) in enumerate(values.items())
    ]
    metric = building.histogram(building.histogram_point((0, 0, 0, len(dots)), exemplars=dots))
    metric.name = name
    assert lens.send("/v1/metrics", building.metrics(metric)).ok


@pytest.fixture(scope="module")
def told(lens: LensProcess) -> LensProcess:
    """Return a lens with five payments and an amount; the highest dot is dead."""
    end_ns = building.now_ns() - 60 * building.SECOND
    seconds = dict(zip(TRACES[1:5], (8.2, 7.3, 6.0, 0.9), strict=True))
    for trace, taken in seconds.items():
        _send_payment(lens, trace, end_ns=end_ns, seconds=taken)
    _send_dots(lens, contract.PAYMENT_DURATION.name, {TRACES[0]: 9.9, **seconds}, at_ns=end_ns)
    _send_dots(lens, contract.CHECKOUT_AMOUNT.name, {TRACES[4]: 1_234.5}, at_ns=end_ns)
    _send_order(lens, TRACES[5], paid_ns=end_ns)
    _send_dots(lens, contract.TIME_TO_PAID.name, {TRACES[5]: 4.5}, at_ns=end_ns, span_number=3)
    return lens


@pytest.fixture
def chat() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


@pytest.fixture
def pager(told: LensProcess, chat: Webhook, tmp_path: Path) -> Iterator[PagerProcess]:
    urls = {"WEBSTORE_METRICS_URL": told.pages_url, "WEBSTORE_TRACES_URL": told.pages_url}
    with running_pager(tmp_path, PAGER_WEBHOOK_URL=chat.url, **urls) as running:
        yield running


def test_the_worst_are_told_with_what_took_so_long(pager: PagerProcess, chat: Webhook) -> None:
    answer = pager.send(alert(exemplar_query=QUERY, value="P95 6.2 s"))

    assert (answer.status_code, answer.text) == (200, "sent\n")
    [text] = chat.texts
    assert text.splitlines() == [
        "*FIRING: HighPaymentLatency* (critical)",
        "Payments take long",
        f"P95 6.2 s; worst 8.2 s, 7.8 s of it in payment_provider_api (provider), {LINKS[1]}",
        f"then 7.3 s, 6.9 s of it in payment_provider_api (provider), {LINKS[2]}",
        f"then 6.0 s, 5.6 s of it in payment_provider_api (provider), {LINKS[3]}",
    ]


def test_the_log_says_the_same_in_a_line(pager: PagerProcess) -> None:
    pager.send(alert(exemplar_query=QUERY, value="P95 6.2 s", runbook_url="https://runs.example/book"))

    said = f"trace https://grafana.example/trace/{TRACES[1].hex()}?a=1&b=2 | then 7.3 s"
    [line] = [line for line in pager.log.splitlines() if said in line]
    assert line.endswith(" | https://runs.example/book")


def test_an_amount_is_told_in_money(pager: PagerProcess, chat: Webhook) -> None:
    pager.send(alert(exemplar_query=AMOUNTS))

    spent = "500 ms spent in payment_provider_api (provider)"
    assert chat.texts[0].splitlines()[-1] == f"highest $1,234.50, {spent}, {LINKS[4]}"


def test_a_time_that_began_before_its_span_is_told_with_its_wait(pager: PagerProcess, chat: Webhook) -> None:
    pager.send(alert(exemplar_query=TIMES_TO_PAID))

    waited = "3.0 s of it waiting in queue payments"
    assert chat.texts[0].splitlines()[-1] == f"worst 4.5 s, {waited}, {LINKS[5]}"


def test_a_window_that_holds_nothing_adds_nothing(pager: PagerProcess, chat: Webhook) -> None:
    pager.send(alert(exemplar_query=QUERY, exemplar_window="20s", value="P95 6.2 s"))

    assert chat.texts[0].splitlines()[1:] == ["Payments take long", "P95 6.2 s"]


def test_an_alert_without_a_histogram_goes_out_as_it_is(pager: PagerProcess, chat: Webhook) -> None:
    pager.send(alert("PaymentsInReview"))

    assert chat.texts == ["*FIRING: PaymentsInReview* (critical)\nPayments take long"]


def test_the_same_again_is_not_sent_again(pager: PagerProcess, chat: Webhook) -> None:
    first = pager.send(alert())
    again = pager.send(alert())

    assert [answer.text for answer in (first, again)] == ["sent\n", "already sent\n"]
    assert [answer.status_code for answer in (first, again)] == [200, 200]
    assert len(chat.texts) == 1


def test_the_end_is_told_once_and_without_traces(pager: PagerProcess, chat: Webhook) -> None:
    ended = alert(status="resolved", exemplar_query=QUERY)
    for each in (alert(), ended, ended):
        assert pager.send(each).status_code == 200

    assert chat.texts[1:] == ["*RESOLVED: HighPaymentLatency* (critical)\nPayments take long"]


def test_what_fires_again_after_its_end_is_news(pager: PagerProcess, chat: Webhook) -> None:
    for status in ("firing", "resolved", "firing"):
        pager.send(alert(status=status))

    assert [text.split(":")[0] for text in chat.texts] == ["*FIRING", "*RESOLVED", "*FIRING"]


def test_another_alert_in_the_group_is_news(pager: PagerProcess, chat: Webhook) -> None:
    pager.send(alert())
    pager.send(alert(), alert("Other"))

    assert len(chat.texts) == 2
