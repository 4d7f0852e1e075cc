"""What was said is not said again, and remembering it stays small."""

import json

import pytest

from tests.evidence.pager_process import alert, notification
from webstore.evidence.pager.memory import Claim, Memory
from webstore.evidence.pager.notification import Group, parse


def _group(*alerts: dict[str, object], **fields: object) -> Group:
    return parse(json.dumps(notification(*(alerts or (alert(),)), **fields)).encode())


def _say(memory: Memory, group: Group, *, is_delivered: bool = True) -> Claim:
    claim = memory.claim(group)
    if claim is Claim.NEWS:
        memory.settle(group, is_delivered=is_delivered)
    return claim


@pytest.fixture
def memory() -> Memory:
    return Memory(repeat_seconds=3_600)


def test_the_same_is_said_once(memory: Memory) -> None:
    assert [_say(memory, _group()) for _ in range(3)] == [Claim.NEWS, Claim.SAID, Claim.SAID]


def test_a_reminder_is_said_when_its_time_has_come() -> None:
    impatient = Memory(repeat_seconds=0)

    assert [_say(impatient, _group()) for _ in range(2)] == [Claim.NEWS, Claim.NEWS]


def test_an_end_is_said_once_whatever_time_has_passed() -> None:
    impatient = Memory(repeat_seconds=0)
    ended = _group(alert(status="resolved"))

    assert [_say(impatient, ended) for _ in range(2)] == [Claim.NEWS, Claim.SAID]


def test_what_was_not_delivered_is_not_said(memory: Memory) -> None:
    assert _say(memory, _group(), is_delivered=False) is Claim.NEWS
    assert _say(memory, _group()) is Claim.NEWS


def test_what_is_being_said_is_not_said_twice_at_once(memory: Memory) -> None:
    assert memory.claim(_group()) is Claim.NEWS
    assert memory.claim(_group()) is Claim.BEING_SAID


def test_values_that_change_are_no_news(memory: Memory) -> None:
    _say(memory, _group(alert(value="P95 6.2 s")))

    assert _say(memory, _group(alert(value="P95 6.3 s"))) is Claim.SAID


def test_groups_and_receivers_are_told_apart(memory: Memory) -> None:
    _say(memory, _group())

    assert _say(memory, _group(groupKey="other")) is Claim.NEWS
    assert _say(memory, _group(receiver="other")) is Claim.NEWS


def test_the_order_of_alerts_is_no_news(memory: Memory) -> None:
    first, second = alert("A"), alert("B")
    _say(memory, _group(first, second, groupKey="g"))

    assert _say(memory, _group(second, first, groupKey="g")) is Claim.SAID


def test_alerts_without_fingerprint_are_told_apart_by_labels(memory: Memory) -> None:
    first, second = ({**alert(name), "fingerprint": ""} for name in "AB")
    _say(memory, _group(first, groupKey="g"))

    assert _say(memory, _group(first, groupKey="g")) is Claim.SAID
    assert _say(memory, _group(second, groupKey="g")) is Claim.NEWS


def test_the_oldest_groups_are_forgotten() -> None:
    small = Memory(repeat_seconds=3_600, most_groups=2)
    for key in "abc":
        _say(small, _group(groupKey=key))

    assert [_say(small, _group(groupKey=key)) for key in "cba"] == [Claim.SAID, Claim.SAID, Claim.NEWS]
