import math
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pytest_django import Settings

from payments import provider
from payments.exchange import KeySpent, NeverAgain, NoAnswer, TryAgain, time_limit
from payments.provider import Answer
from tests.payments.edge import Answer as Script
from tests.payments.edge import (
    Edge,
    answer,
    answer_bytes,
    approve,
    approve_other,
    decline,
    hang_up,
    replayed,
)
from tests.payments.making import REQUEST

APPROVED = (
    b'{"id": "ch_1", "status": "succeeded", "amount": 4186, "currency": "usd", "reference": "K7QP-4M2X"}'
)


def test_asks_for_the_charge_with_key_and_secret(edge: Edge, settings: Settings) -> None:
    settings.PROVIDER_API_KEY = "secret"

    result = provider.charge(REQUEST, until=time_limit())

    assert result == Answer(is_approved=True, reference="ch_yes")
    asked = edge.asked[0]
    assert asked.path == "/v1/charges"
    assert (asked.headers["Idempotency-Key"], asked.headers["Authorization"]) == ("key-1", "Bearer secret")
    assert asked.payload == {
        "amount": 4186,
        "currency": "usd",
        "source": "tok_approve",
        "reference": "K7QP-4M2X",
    }


def test_a_decline_is_an_answer(edge: Edge) -> None:
    edge.script = [decline]

    assert provider.charge(REQUEST, until=time_limit()) == Answer(
        is_approved=False, reference="ch_no", failure_code="card_declined"
    )


@pytest.mark.parametrize(
    ("script", "may_have_charged", "retry_after"),
    [
        (answer(500, {}), True, 0),
        (answer_bytes(502, b"<html>bad gateway</html>"), True, 0),
        (answer(409, {"error": {"type": "idempotency_error", "code": "key_in_use"}}), True, 0),
        (answer(429, {}, Retry_After="7"), False, 7),
        (answer(401, {"error": {"code": "api_key_wrong"}}), False, 0),
        (answer_bytes(403, b"<html>forbidden</html>"), False, 0),
        (answer(503, {}, Retry_After="soon"), False, 0),
        (answer(503, {}, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), False, 0),
        (answer(429, {}, Retry_After="9" * 400), False, math.inf),
        (answer(408, {}), True, 0),
        (answer(307, {}, Location="/elsewhere"), True, 0),
        (answer_bytes(200, b"not json"), True, 0),
        (answer(200, ["no", "object"]), True, 0),
        (answer(200, {"id": "ch_1", "status": "pending"}), True, 0),
        (answer_bytes(200, APPROVED + b" " * 64 * 1024), True, 0),
        (answer(402, {"error": {"type": "other"}}), True, 0),
        (hang_up, True, 0),
    ],
)
def test_what_decides_nothing_is_asked_again(
    edge: Edge, script: Script, may_have_charged: bool, retry_after: float
) -> None:
    edge.script = [script]

    with pytest.raises(TryAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert type(failure.value) is TryAgain
    assert failure.value.may_have_charged == may_have_charged
    assert failure.value.retry_after_seconds == retry_after
    assert len(edge.asked) == 1


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (answer(400, {"error": {"type": "idempotency_error", "code": "key_reused"}}), "key_reused"),
        (answer(410, {"error": {}}), "http_410"),
        (answer(404, {"error": "gone"}), "http_404"),
        (answer(400, {"error": {"code": "x" * 100}}), "x" * 64),
    ],
)
def test_a_refusal_is_never_asked_again(edge: Edge, script: Script, code: str) -> None:
    edge.script = [script]

    with pytest.raises(NeverAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert failure.value.code == code


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_api_key_is_loudly_told_once(
    edge: Edge, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    edge.script = [answer(status, {})]

    with pytest.raises(TryAgain):
        provider.charge(REQUEST, until=time_limit())

    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == [f"the provider answered {status}: it refuses PROVIDER_API_KEY"]


@pytest.mark.parametrize("other", [{"amount": 1}, {"currency": "eur"}, {"reference": "XXXX-XXXX"}])
def test_another_charge_than_asked_for_is_no_approval(edge: Edge, other: dict[str, object]) -> None:
    edge.script = [approve_other(**other)]

    with pytest.raises(NeverAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert (failure.value.code, failure.value.reference) == ("charged_something_else", "ch_yes")


def test_nobody_listening_means_nothing_was_charged(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        settings.PROVIDER_URL = f"http://127.0.0.1:{closing.getsockname()[1]}"

    with pytest.raises(TryAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert type(failure.value) is TryAgain
    assert not failure.value.may_have_charged


def test_a_proxy_in_the_environment_is_not_asked(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    edge.script = [approve]

    assert provider.charge(REQUEST, until=time_limit()).is_approved


def test_a_timeout_is_told_from_other_failures() -> None:
    assert (NoAnswer("").outcome, TryAgain("").outcome, NeverAgain("").outcome) == (
        "timeout",
        "error",
        "error",
    )


def test_a_provider_may_name_the_moment_to_ask_again(edge: Edge) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    edge.script = [answer(503, {}, Retry_After=format_datetime(at, usegmt=True))]

    with pytest.raises(TryAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert failure.value.retry_after_seconds == pytest.approx(90, abs=2)


def test_without_time_nothing_is_asked(edge: Edge) -> None:
    with pytest.raises(NoAnswer) as failure:
        provider.charge(REQUEST, until=0)

    assert (failure.value.may_have_charged, edge.asked) == (False, [])


def test_only_a_replayed_breakdown_spends_the_key(edge: Edge) -> None:
    edge.script = [replayed(500), replayed(409)]

    with pytest.raises(KeySpent):
        provider.charge(REQUEST, until=time_limit())
    with pytest.raises(TryAgain) as failure:
        provider.charge(REQUEST, until=time_limit())

    assert type(failure.value) is TryAgain
