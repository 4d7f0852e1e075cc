"""What the provider turns away, and that nothing of it reaches the ledger."""

import json
import sqlite3
from typing import Any

import pytest
import requests

from tests.sandbox.provider import Provider, wanted

BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"amount": 0}, "amount_invalid"),
    ({"amount": -1}, "amount_invalid"),
    ({"amount": 41.86}, "amount_invalid"),
    ({"amount": "4186"}, "amount_invalid"),
    ({"amount": True}, "amount_invalid"),
    ({"amount": 100_000_000}, "amount_invalid"),
    ({"amount": float("nan")}, "amount_invalid"),
    ({"currency": "eur"}, "currency_unknown"),
    ({"source": "tok_other"}, "source_unknown"),
    ({"source": ["tok_approve"]}, "source_unknown"),
    ({"reference": ""}, "parameter_invalid"),
    ({"reference": "x" * 101}, "parameter_invalid"),
    ({"reference": "\ud800"}, "parameter_invalid"),
    ({"reference": "a\0b"}, "parameter_invalid"),
    ({"reference": None}, "parameter_invalid"),
    ({"description": 5}, "parameter_invalid"),
    ({"\ud800": 1}, "parameter_unknown"),
]
BAD_BODIES = [
    (b"", "body_not_json"),
    (b"{", "body_not_json"),
    (b"\xff\xfe\x00", "body_not_json"),
    (b"[" * 16_000, "body_not_json"),
    (b'{"amount": ' + b"9" * 5_000 + b"}", "body_not_json"),
    (b"[]", "body_not_object"),
    (b"{}", "parameter_missing"),
]


def stored(provider: Provider) -> tuple[int, int]:
    connection = sqlite3.connect(provider.ledger)
    row: tuple[int, int] = connection.execute(
        "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM charges)"
    ).fetchone()
    connection.close()
    return row


def code_of(answer: requests.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["type"], error["code"]


@pytest.mark.parametrize(("change", "code"), BAD_FIELDS)
def test_wrong_field_is_refused(shared_provider: Provider, change: dict[str, Any], code: str) -> None:
    answer = shared_provider.post(json.dumps(wanted(**change)).encode())

    assert code_of(answer) == (400, "invalid_request_error", code)
    assert stored(shared_provider) == (0, 0)


@pytest.mark.parametrize(("body", "code"), BAD_BODIES)
def test_wrong_body_is_refused(shared_provider: Provider, body: bytes, code: str) -> None:
    answer = shared_provider.post(body)

    assert code_of(answer) == (400, "invalid_request_error", code)
    assert stored(shared_provider) == (0, 0)


@pytest.mark.parametrize("size", [16 * 1024 + 1, 1024 * 1024])
def test_large_body_is_refused_unread(shared_provider: Provider, size: int) -> None:
    answer = shared_provider.post(b" " * size)

    assert code_of(answer) == (413, "invalid_request_error", "body_too_large")
    assert stored(shared_provider) == (0, 0)


@pytest.mark.parametrize("charset", ["hex", "idna", "unicode_escape"])
def test_text_in_a_codec_of_pythons_own_is_refused(shared_provider: Provider, charset: str) -> None:
    url, headers = shared_provider.url, {"Content-Type": f"application/json; charset={charset}"}

    answer = requests.get(f"{url}/v1/charges?reference=%ff", headers=headers, timeout=5)

    assert answer.status_code == 415
    assert stored(shared_provider) == (0, 0)


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer ", "test-key", "Basic dGVzdA==", "Bearer ü"])
def test_stranger_is_refused(shared_provider: Provider, header: str) -> None:
    answer = requests.post(
        f"{shared_provider.url}/v1/charges",
        json=wanted(),
        headers={"Authorization": header.encode(), "Idempotency-Key": "k"},
        timeout=10,
    )

    assert code_of(answer) == (401, "authentication_error", "api_key_wrong")
    assert stored(shared_provider) == (0, 0)


@pytest.mark.parametrize("path", ["/v1/charges?reference=K7QP", "/v1/charges/ch_1"])
def test_stranger_looks_nothing_up(shared_provider: Provider, path: str) -> None:
    assert code_of(requests.get(shared_provider.url + path, timeout=10))[0] == 401


@pytest.mark.parametrize(
    ("key", "code"), [("", "idempotency_key_missing"), ("k" * 256, "idempotency_key_wrong")]
)
def test_charge_needs_a_key(shared_provider: Provider, key: str, code: str) -> None:
    assert code_of(shared_provider.charge(key)) == (400, "invalid_request_error", code)
    assert stored(shared_provider) == (0, 0)


def test_unknown_charge_is_not_found(shared_provider: Provider) -> None:
    expected = (404, "invalid_request_error", "resource_missing")

    assert code_of(shared_provider.get("/v1/charges/ch_unknown")) == expected
    assert code_of(shared_provider.get("/v1/charges/%00"))[0] == 404


def test_look_up_needs_a_reference(shared_provider: Provider) -> None:
    assert code_of(shared_provider.get("/v1/charges"))[2] == "parameter_invalid"
