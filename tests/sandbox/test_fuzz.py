"""Whatever a stranger or a broken caller sends: a clear error, and nothing changes."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.provider import Provider, wanted
from tests.sandbox.wild import BODIES, FUZZ, HEADERS, TEXTS, VALUES, Heard, Kept, send, with_nasty_values

CHARGE = wanted(description="Two things")
REFUND = {"charge": "ch_1", "amount": 1, "reference": "K7QP-R1"}
SWITCHES = {
    "fault": "none",
    "status": 500,
    "seconds": 1,
    "share": 1,
    "count": 1,
    "retry_after": 1,
    "seed": 1,
    "webhooks": {},
}
MANNER = {"send": True, "repeat": 1, "delay_seconds": [0, 1], "shuffle": True}
POSTED = [("/v1/charges", CHARGE, name) for name in CHARGE] + [
    ("/v1/refunds", REFUND, name) for name in REFUND
]
ROUTES = [
    ("POST", "/v1/charges"),
    ("GET", "/v1/charges?reference=K7QP"),
    ("GET", "/v1/charges/ch_1"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/refunds?charge=ch_1"),
    ("GET", "/v1/control"),
    ("PUT", "/v1/control"),
]
NAMES = [
    *("Authorization", "Idempotency-Key", "Content-Type", "Expect", "traceparent", "Cookie", "X-Wild"),
    # Names that a server may take for its own words.
    *("SCRIPT_NAME", "PATH_INFO"),
]
KINDS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


@dataclass(frozen=True)
class Target:
    provider: Provider
    kept: Kept

    def send(
        self, method: str, path: str, *, body: object = b"", headers: dict[str, str] | None = None
    ) -> Heard:
        """Send it, and prove that the ledger only changes when the answer says so."""
        before = self.kept()
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        heard = send(self.provider, method, path, body=raw, headers=headers)
        assert heard.status < 500
        if not heard.is_kept:
            assert self.kept() == before
        return heard

    def switches(self) -> Any:
        return self.provider.get("/v1/control").json()


@pytest.fixture
def target(shared_provider: Provider) -> Iterator[Target]:
    with closing(Kept(shared_provider.ledger)) as kept:
        yield Target(shared_provider, kept)
    shared_provider.mend()


def assert_clear(heard: Heard) -> None:
    assert 400 <= heard.status < 500
    assert heard.error["code"]
    assert len(heard.error["message"]) > 10


@pytest.mark.parametrize(("path", "body", "name"), POSTED, ids=lambda value: str(value)[:14])
@FUZZ
@with_nasty_values
@given(value=VALUES)
def test_any_value_of_a_field(target: Target, path: str, body: dict[str, Any], name: str, value: Any) -> None:
    heard = target.send("POST", path, body={**body, name: value})

    if heard.status != 200:
        assert_clear(heard)


@pytest.mark.parametrize("name", SWITCHES)
@FUZZ
@with_nasty_values
@given(value=VALUES)
def test_any_value_of_a_switch(target: Target, name: str, value: Any) -> None:
    before = target.switches()

    heard = target.send("PUT", "/v1/control", body={**SWITCHES, name: value})

    assert_set_or_refused(heard, target, before)


@pytest.mark.parametrize("name", MANNER)
@FUZZ
@with_nasty_values
@given(value=VALUES)
def test_any_value_of_how_events_are_told(target: Target, name: str, value: Any) -> None:
    before = target.switches()

    heard = target.send("PUT", "/v1/control", body={"webhooks": {**MANNER, name: value}})

    assert_set_or_refused(heard, target, before)


def assert_set_or_refused(heard: Heard, target: Target, before: Any) -> None:
    if heard.status == 200:
        assert target.switches() == json.loads(heard.body)
    else:
        assert_clear(heard)
        assert target.switches() == before


@pytest.mark.parametrize("path", ["/v1/charges", "/v1/refunds"])
@FUZZ
@given(body=BODIES)
def test_any_body(target: Target, path: str, body: bytes) -> None:
    assert_clear(target.send("POST", path, body=body))


@FUZZ
@given(body=BODIES)
def test_any_body_of_the_switches(target: Target, body: bytes) -> None:
    before = target.switches()

    assert_set_or_refused(target.send("PUT", "/v1/control", body=body), target, before)


@settings(FUZZ, max_examples=100)
@given(route=st.sampled_from(ROUTES), name=st.sampled_from(NAMES), value=HEADERS)
def test_any_header(target: Target, route: tuple[str, str], name: str, value: str) -> None:
    target.send(*route, headers={name: value})


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER", "X_FORWARDED_PROTO"])
def test_headers_named_like_a_servers_own_words_mean_nothing(target: Target, name: str) -> None:
    assert target.send("GET", "/v1/control", headers={name: "/elsewhere"}).status == 200


@pytest.mark.parametrize(
    "path", ["/v1/charges?reference={}", "/v1/refunds?charge={}", "/v1/charges/{}", "/{}"]
)
@FUZZ
@given(text=TEXTS)
def test_any_look_up(target: Target, path: str, text: str) -> None:
    target.send("GET", path.format(quote(text.encode(errors="surrogatepass"), safe="")))


@pytest.mark.parametrize("path", ["/switches", "/switches/mend"])
@FUZZ
@given(body=BODIES, kind=st.sampled_from(KINDS))
def test_any_form(target: Target, path: str, body: bytes, kind: str) -> None:
    heard = target.send("POST", path, body=body, headers={"Content-Type": kind})

    assert 400 <= heard.status < 500
    assert target.switches()["fault"] == "none"
