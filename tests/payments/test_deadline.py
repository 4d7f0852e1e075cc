import socket
import threading
import time

import pytest
from pytest_django import Settings

from payments import provider
from payments.exchange import NoAnswer, time_limit
from tests.payments.edge import Answer, Edge, approve, drip, hang
from tests.payments.making import REQUEST


@pytest.mark.parametrize(
    "script", [hang, drip(with_length=True), drip(with_length=False)], ids=["hang", "drip", "drip to the end"]
)
def test_an_answer_that_does_not_end_is_ended(edge: Edge, settings: Settings, script: Answer) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.4
    edge.script = [script]

    started = time.monotonic()
    with pytest.raises(NoAnswer) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert 0.3 < time.monotonic() - started < 1.0
    assert failure.value.may_have_charged


def test_a_connection_nobody_accepts_is_given_up(settings: Settings) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.4
    with socket.socket() as listening, socket.socket() as first:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        first.connect(listening.getsockname())  # fills the backlog: the next one hears nothing
        settings.PROVIDER_URL = f"http://127.0.0.1:{listening.getsockname()[1]}"

        started = time.monotonic()
        with pytest.raises(NoAnswer) as failure:
            provider.charge(REQUEST, until=time_limit())

    assert time.monotonic() - started < 1.0
    assert not failure.value.may_have_charged


def test_a_call_leaves_no_thread_and_no_timer_behind(edge: Edge) -> None:
    before = threading.active_count()
    edge.script = [approve]

    provider.charge(REQUEST, until=time_limit())

    waited_until = time.monotonic() + 1
    while threading.active_count() > before and time.monotonic() < waited_until:
        time.sleep(0.01)
    assert threading.active_count() == before
