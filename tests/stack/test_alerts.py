"""A slow provider wakes somebody up, and the message says who was slow and shows a trace of it.

The rule, Alertmanager's routes and all their times are those of `deploy/`.
"""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from tests.e2e import evidence
from tests.e2e.evidence import Span, eventually
from tests.evidence.webhook import Webhook, webhook
from tests.stack.running import Stack, running_stack
from webstore.demo.shopper import Wish
from webstore.telemetry import contract

ALERT = "HighPaymentLatency"
# A payment's own 8 s, metrics every 5 s, rules every 15 s, `for: 1m`, `group_wait: 10s`; and a busy machine.
_SECONDS = 200
_LINK = re.compile(r"trace <([^|>]*/([0-9a-f]{32})[^|>]*)\|")


@dataclass(frozen=True)
class Alarm:
    """What happened from the first slow payment to the message."""

    stack: Stack
    chat: Webhook
    text: str
    took_seconds: float

    @property
    def worst(self) -> str:
        [line] = [line for line in self.text.splitlines() if "worst" in line]
        return line


@pytest.fixture(scope="module")
def alarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alarm]:
    with (
        webhook() as chat,
        running_stack(
            tmp_path_factory.mktemp("alarm"), WEBSTORE_TRACE_RATIO="0.1", PAGER_WEBHOOK_URL=chat.url
        ) as stack,
    ):
        started = time.monotonic()
        _buy_from_a_slow_provider(stack)
        told = eventually(lambda: [text for text in chat.texts if ALERT in text], seconds=_SECONDS)
        assert told, (
            f"{requests.get(f'{stack.prometheus}/api/v1/alerts', timeout=10).text}\n{stack.log('pager')}"
        )
        yield Alarm(stack, chat, told[0], time.monotonic() - started)


def _buy_from_a_slow_provider(stack: Stack) -> None:
    product = stack.shopper().products()[0]
    wish = Wish(country="DE", payment_token="tok_timeout")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stack.shopper().buy(wish, product_path=product), range(6)))


def _trace(alarm: Alarm) -> dict[str, Span]:
    match = _LINK.search(alarm.worst)
    assert match is not None
    return {span.name: span for span in evidence.trace(alarm.stack.traces, match[2])}


def test_the_rule_of_deploy_fired(alarm: Alarm) -> None:
    found = requests.get(f"{alarm.stack.prometheus}/api/v1/rules?type=alert", timeout=10).json()
    rules = {rule["name"]: rule for group in found["data"]["groups"] for rule in group["rules"]}

    assert (rules[ALERT]["state"], rules[ALERT]["duration"]) == ("firing", 60)


def test_alertmanager_gave_it_to_the_pager(alarm: Alarm) -> None:
    alerts = requests.get(f"{alarm.stack.alertmanager}/api/v2/alerts", timeout=10).json()

    [found] = [each for each in alerts if each["labels"]["alertname"] == ALERT]
    assert [receiver["name"] for receiver in found["receivers"]] == ["pager"]


def test_the_message_names_the_provider_and_how_much_it_took(alarm: Alarm) -> None:
    assert alarm.text.splitlines()[0] == f"*FIRING: {ALERT}* (critical)"
    worst = r"worst [78]\.\d s, [78]\.\d s of it in payment_provider_api \((provider|worker)\), trace <"
    assert re.match(rf"P95 \d+\.\d s; {worst}", alarm.worst)


def test_the_message_tells_three_traces_and_each_is_alive(alarm: Alarm) -> None:
    trace_ids = {trace_id for _address, trace_id in _LINK.findall(alarm.text)}

    assert len(trace_ids) == 3
    assert all(evidence.trace(alarm.stack.traces, trace_id) for trace_id in trace_ids)


def test_the_linked_trace_is_whole_from_checkout_to_provider(alarm: Alarm) -> None:
    spans = _trace(alarm)

    assert {contract.CHECKOUT, contract.PROCESS_PAYMENT, contract.PAYMENT_PROVIDER_API} <= set(spans)
    assert {span.service for span in spans.values()} == {"web", "worker", "provider"}


def test_the_link_opens(alarm: Alarm) -> None:
    match = _LINK.search(alarm.worst)

    assert match is not None
    assert requests.get(match[1], timeout=10).status_code == 200


def test_the_message_came_once_and_nothing_failed(alarm: Alarm) -> None:
    notified = requests.get(f"{alarm.stack.alertmanager}/metrics", timeout=10).text

    assert len([text for text in alarm.chat.texts if text == alarm.text]) == 1
    assert 'alertmanager_notifications_failed_total{integration="webhook"} 0' in notified
