"""Whatever is away, slow or hostile: the plain alert still goes out in time, or Alertmanager tries again."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.evidence.pager_process import PagerProcess, alert, running_pager
from tests.evidence.webhook import Webhook, webhook
from tests.evidence.wrong import nobody, server, silent_server
from webstore.evidence.pager import delivery
from webstore.evidence.pager.delivery import DeliveryError

PLAIN = ["*FIRING: HighPaymentLatency* (critical)", "Payments take long", "P95 6.2 s"]
ASKING = alert(exemplar_query="webstore_payment_duration_bucket", value="P95 6.2 s")
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN = (
    '{"spanId": "APBnqgupArc=", "name": "process_payment",'
    ' "startTimeUnixNano": "5000000000", "endTimeUnixNano": "7000000000"}'
)
TRACE = f'{{"trace": {{"resourceSpans": [{{"scopeSpans": [{{"spans": [{SPAN}]}}]}}]}}}}'.encode()
# Alertmanager's own limit is 10 s; the machine may be busy.
SHORT = {"PAGER_DEADLINE_SECONDS": "3"}
IN_TIME = 6.0


@pytest.fixture
def chat() -> Iterator[Webhook]:
    with webhook() as running:
        yield running


def _dots(*values: object, trace_id: str = TRACE_ID) -> bytes:
    labels = f'{{"trace_id": "{trace_id}", "span_id": "00f067aa0ba902b7"}}'
    dots = ",".join(f'{{"labels": {labels}, "value": "{value}", "timestamp": 1.0}}' for value in values)
    name = "webstore_payment_duration_bucket"
    return f'{{"data": [{{"seriesLabels": {{"__name__": "{name}"}}, "exemplars": [{dots}]}}]}}'.encode()


@contextmanager
def _pager(folder: Path, chat: Webhook, *, metrics: str, traces: str = "") -> Iterator[PagerProcess]:
    urls = {"WEBSTORE_METRICS_URL": metrics, "WEBSTORE_TRACES_URL": traces or metrics}
    with running_pager(folder, PAGER_WEBHOOK_URL=chat.url, **urls, **SHORT) as running:
        yield running


def _is_told_in_time(pager: PagerProcess, chat: Webhook, last_line: str) -> None:
    started = time.monotonic()
    answer = pager.send(ASKING)

    assert (answer.status_code, time.monotonic() - started < IN_TIME) == (200, True)
    assert [text.splitlines() for text in chat.texts] == [[*PLAIN[:2], last_line]]


def test_metrics_away(tmp_path: Path, chat: Webhook) -> None:
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        _is_told_in_time(pager, chat, "P95 6.2 s")


def test_metrics_silent(tmp_path: Path, chat: Webhook) -> None:
    with silent_server() as silent, _pager(tmp_path, chat, metrics=silent) as pager:
        _is_told_in_time(pager, chat, "P95 6.2 s")


def test_metrics_that_drip(tmp_path: Path, chat: Webhook) -> None:
    with server(_dots(1), drip_seconds=0.2) as slow, _pager(tmp_path, chat, metrics=slow) as pager:
        _is_told_in_time(pager, chat, "P95 6.2 s")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[" * 100_000,
        b'{"data": [{}]}',
        _dots("NaN", "+Inf", "1e300"),
        _dots(1).replace(b"1.0", b"NaN"),
        _dots(1, trace_id="../../../admin"),
        _dots(1, trace_id="0" * 32),
    ],
    ids=["html", "deep", "shape", "no numbers", "no time", "no ids", "no trace"],
)
def test_metrics_that_answer_nonsense(tmp_path: Path, chat: Webhook, body: bytes) -> None:
    with server(body) as hostile, _pager(tmp_path, chat, metrics=hostile) as pager:
        _is_told_in_time(pager, chat, "P95 6.2 s")


def test_traces_away_leaves_the_worst_value(tmp_path: Path, chat: Webhook) -> None:
    with server(_dots(8.2, 7)) as metrics, _pager(tmp_path, chat, metrics=metrics, traces=nobody()) as pager:
        _is_told_in_time(pager, chat, "P95 6.2 s; worst 8.2 s")


def test_traces_silent_leaves_the_worst_value(tmp_path: Path, chat: Webhook) -> None:
    with (
        server(_dots(8.2)) as metrics,
        silent_server() as silent,
        _pager(tmp_path, chat, metrics=metrics, traces=silent) as pager,
    ):
        _is_told_in_time(pager, chat, "P95 6.2 s; worst 8.2 s")


def test_a_missing_trace_is_not_linked(tmp_path: Path, chat: Webhook) -> None:
    with (
        server(_dots(8.2)) as metrics,
        server(b'{"trace": {}}') as empty,
        _pager(tmp_path, chat, metrics=metrics, traces=empty) as pager,
    ):
        _is_told_in_time(pager, chat, "P95 6.2 s; worst 8.2 s")


def test_too_many_dots_for_one_answer_are_asked_for_in_a_narrower_window(
    tmp_path: Path, chat: Webhook
) -> None:
    with (
        server(_dots(8.2), first=b" " * (5 * 2**20)) as metrics,
        _pager(tmp_path, chat, metrics=metrics, traces=nobody()) as pager,
    ):
        _is_told_in_time(pager, chat, "P95 6.2 s; worst 8.2 s")


def test_a_huge_trace_is_left_out(tmp_path: Path, chat: Webhook) -> None:
    with (
        server(_dots(8.2)) as metrics,
        server(b" " * (5 * 2**20)) as huge,
        _pager(tmp_path, chat, metrics=metrics, traces=huge) as pager,
    ):
        _is_told_in_time(pager, chat, "P95 6.2 s; worst 8.2 s")


def test_one_trace_that_cannot_be_read_hides_no_other(tmp_path: Path, chat: Webhook) -> None:
    first, second = _dots(8.2, trace_id="ab" * 16), _dots(7)
    dots = json.dumps({"data": [*json.loads(first)["data"], *json.loads(second)["data"]]}).encode()
    with (
        server(dots) as metrics,
        server(TRACE, first=b'{"status": "PARTIAL"}') as traces,
        _pager(tmp_path, chat, metrics=metrics, traces=traces) as pager,
    ):
        pager.send(ASKING)

    link = f"trace <https://grafana.example/trace/{TRACE_ID}?a=1&amp;b=2|0af76519>"
    assert chat.texts[0].splitlines()[-1] == f"P95 6.2 s; worst 7.0 s, 2.0 s of it in process_payment, {link}"


def test_a_trace_of_another_time_is_told_by_its_own(tmp_path: Path, chat: Webhook) -> None:
    with (
        server(_dots(8.2)) as metrics,
        server(TRACE) as traces,
        _pager(tmp_path, chat, metrics=metrics, traces=traces) as pager,
    ):
        pager.send(ASKING)

    link = f"trace <https://grafana.example/trace/{TRACE_ID}?a=1&amp;b=2|0af76519>"
    assert chat.texts[0].splitlines()[-1] == f"P95 6.2 s; worst 8.2 s, 2.0 s of it in process_payment, {link}"


def test_twelve_groups_at_once_are_told_in_time_though_metrics_are_silent(
    tmp_path: Path, chat: Webhook
) -> None:
    named = [{**ASKING, "labels": {"alertname": f"Alert{number}"}} for number in range(12)]
    with (
        silent_server() as silent,
        _pager(tmp_path, chat, metrics=silent) as pager,
        ThreadPoolExecutor(12) as pool,
    ):
        started = time.monotonic()
        statuses = [answer.status_code for answer in pool.map(pager.send, named)]

        assert (statuses, time.monotonic() - started < IN_TIME) == ([200] * 12, True)
    assert len(chat.texts) == 12


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_webhook_that_fails_once_is_tried_again(tmp_path: Path, chat: Webhook, status: int) -> None:
    chat.statuses = [status]
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        assert pager.send(alert()).status_code == 200

    assert len(chat.texts) == 2


def test_what_is_not_delivered_is_alertmanagers_to_send_again(tmp_path: Path, chat: Webhook) -> None:
    chat.statuses = [500, 500, 500]
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        failed, again = pager.send(alert()), pager.send(alert())

    assert [(answer.status_code, answer.text) for answer in (failed, again)] == [
        (502, "not delivered\n"),
        (200, "sent\n"),
    ]


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_webhook_that_refuses_is_asked_once(tmp_path: Path, chat: Webhook, status: int) -> None:
    chat.statuses = [status]
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        assert pager.send(alert()).status_code == 502

    assert len(chat.texts) == 1


def test_a_refused_enriched_alert_goes_out_plain(tmp_path: Path, chat: Webhook) -> None:
    chat.statuses = [400]
    with server(_dots(8.2)) as metrics, _pager(tmp_path, chat, metrics=metrics, traces=nobody()) as pager:
        assert pager.send(ASKING).status_code == 200

    assert [text.splitlines()[-1] for text in chat.texts] == ["P95 6.2 s; worst 8.2 s", "P95 6.2 s"]


def test_a_silent_webhook_is_given_up_in_time(tmp_path: Path, chat: Webhook) -> None:
    chat.silent_seconds = 20
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        started = time.monotonic()
        status = pager.send(alert()).status_code

        assert (status, time.monotonic() - started < IN_TIME) == (502, True)


def test_a_webhook_that_is_away_is_alertmanagers_to_try_again(tmp_path: Path) -> None:
    with running_pager(tmp_path, PAGER_WEBHOOK_URL=nobody(), **SHORT) as pager:
        assert pager.send(alert()).status_code == 502


def test_an_address_that_is_none_is_told_as_such() -> None:
    with pytest.raises(DeliveryError, match=r"^the webhook gave no answer \(Unreachable\)$"):
        delivery.send("no-address", "text", give_up_at=time.monotonic() + 0.1)


def test_the_webhooks_address_is_in_no_log(tmp_path: Path, chat: Webhook) -> None:
    chat.statuses = [500, 500, 404]
    away = f"{nobody()}/services/s3cret"
    with _pager(tmp_path, chat, metrics=nobody()) as pager:
        pager.send(alert())
        assert "s3cret" not in pager.log
    with running_pager(tmp_path, PAGER_WEBHOOK_URL=away, **SHORT) as pager:
        pager.send(alert())
        assert "not delivered" in pager.log
        assert "s3cret" not in pager.log


def test_what_is_under_way_is_sent_before_it_stops(tmp_path: Path, chat: Webhook) -> None:
    chat.silent_seconds = 1
    with _pager(tmp_path, chat, metrics=nobody()) as pager, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(pager.send, alert())
        assert eventually(lambda: chat.requests)

        assert (pager.stop(), sending.result().status_code) == (0, 200)
