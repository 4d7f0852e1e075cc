"""The switches in words."""

import pytest

from payments.sandbox import switch_stories
from payments.sandbox.control import State
from payments.sandbox.switches import Fault, Switches, WebhookManner


def _sentence(switches: Switches, *, hits: int = 0) -> str:
    return switch_stories.now(State(switches, hits)).sentence


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault != Fault.NONE])
def test_every_fault_has_a_story_on_the_page(fault: Fault) -> None:
    told = switch_stories.now(State(Switches(fault), hits=0))

    on_the_page = {story.fault: story.name for story in switch_stories.NOT_CHARGED + switch_stories.CHARGED}
    assert told.headline == f"Broken on purpose: {on_the_page[fault]}."
    assert told.is_broken


def test_numbers_are_those_that_are_set() -> None:
    broken = Switches(Fault.ERROR_AFTER, status=502, share=0.3, count=4)

    assert _sentence(broken, hits=3).startswith("Charges, then fails with 502.")
    assert _sentence(broken, hits=3).endswith("It strikes 30% of the requests, 4 at most; 3 so far.")


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (WebhookManner(), ""),
        (WebhookManner(repeat=3), "Events are told 3×, 0 to 2 seconds late, in any order."),
        (
            WebhookManner(delay_seconds=(1, 1), shuffle=False),
            "Events are told 1×, 1 second late, in their order.",
        ),
        (WebhookManner(delay_seconds=(0, 0)), "Events are told 1×, at once, in any order."),
        (WebhookManner(send=False), "Events are not told until that is changed."),
    ],
)
def test_only_an_unusual_manner_of_telling_is_mentioned(manner: WebhookManner, words: str) -> None:
    assert _sentence(Switches(webhooks=manner)) == words
