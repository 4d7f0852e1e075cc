"""The switches over HTTP: read, set, mended; wrong ones refused."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.provider import Provider, wanted

MENDED = {
    "fault": "none",
    "status": 500,
    "seconds": 4.0,
    "share": 1.0,
    "count": None,
    "retry_after": None,
    "seed": 1,
    "webhooks": {"send": True, "repeat": 1, "delay_seconds": [0.0, 2.0], "shuffle": True},
    "hits": 0,
}
WRONG: list[dict[str, Any]] = [
    {"fault": "fire"},
    {"fault": None},
    {"status": 503},
    {"status": "500"},
    {"seconds": -1},
    {"seconds": float("nan")},
    {"seconds": 121},
    {"share": 1.1},
    {"share": True},
    {"count": 1.5},
    {"count": -1},
    {"retry_after": "soon"},
    {"seed": None},
    {"webhooks": []},
    {"webhooks": {"send": 1}},
    {"webhooks": {"repeat": 0}},
    {"webhooks": {"delay_seconds": [2, 1]}},
    {"webhooks": {"delay_seconds": [1]}},
    {"webhooks": {"colour": "red"}},
    {"speed": 1},
]


@pytest.fixture
def mended(shared_provider: Provider) -> Iterator[Provider]:
    yield shared_provider
    shared_provider.mend()


def test_nothing_is_broken_at_first(shared_provider: Provider) -> None:
    assert shared_provider.get("/v1/control").json() == MENDED


def test_of_a_fault_what_is_left_out_is_as_usual(mended: Provider) -> None:
    mended.put(fault="slow", seconds=1, seed=8)

    told = mended.put(fault="hang", share=0.5, count=2)

    expected = {**MENDED, "fault": "hang", "seconds": 15.0, "share": 0.5, "count": 2}
    assert told.json() == expected
    assert mended.get("/v1/control").json() == expected


def test_fault_and_manner_of_telling_leave_each_other_alone(mended: Provider) -> None:
    mended.put(fault="decline", count=2)
    mended.charge("alone", wanted(reference="ALONE"))

    mended.put(webhooks={"repeat": 3})
    with_both = mended.put(webhooks={"shuffle": False}).json()
    with_other_fault = mended.put(fault="slow").json()

    usual = {"send": True, "repeat": 1, "delay_seconds": [0.0, 2.0]}
    assert (with_both["fault"], with_both["count"], with_both["hits"]) == ("decline", 2, 1)
    assert with_both["webhooks"] == {**usual, "shuffle": False}
    assert with_other_fault["webhooks"] == {**usual, "shuffle": False}


def test_delete_mends_everything(mended: Provider) -> None:
    mended.put(fault="decline", seed=9)

    assert mended.mend().json() == MENDED
    assert mended.charge("mended", wanted(reference="MENDED")).status_code == 200


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_switches_are_refused_and_nothing_changes(mended: Provider, wrong: dict[str, Any]) -> None:
    mended.put(fault="error_before", seed=7)
    before = mended.get("/v1/control").json()

    refused = mended.put(**wrong)

    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")
    assert mended.get("/v1/control").json() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_stranger_changes_nothing(mended: Provider, method: str) -> None:
    before = mended.put(fault="error_before", seed=7).json()

    answer = requests.request(method, f"{mended.url}/v1/control", json={"fault": "hang"}, timeout=10)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "api_key_wrong")
    assert mended.get("/v1/control").json() == before


def test_count_limits_how_many_are_struck(mended: Provider) -> None:
    mended.put(fault="unavailable", count=2)

    statuses = [mended.charge(f"count-{n}", wanted(reference="COUNT")).status_code for n in range(4)]

    assert statuses == [503, 503, 200, 200]
    assert mended.get("/v1/control").json()["hits"] == 2


def test_same_seed_strikes_the_same_requests(mended: Provider) -> None:
    def struck(seed: int, name: str) -> list[int]:
        mended.put(fault="rate_limit", share=0.5, seed=seed)
        return [mended.charge(f"{name}-{n}", wanted(reference=name)).status_code for n in range(12)]

    first = struck(3, "first")

    assert struck(3, "again") == first
    assert struck(4, "other") != first
    assert set(first) == {200, 429}


def test_a_restart_mends_everything(provider: Provider) -> None:
    provider.put(fault="unavailable")
    provider.stop()
    provider.start()

    assert provider.get("/v1/control").json() == MENDED
