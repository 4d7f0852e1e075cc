"""The switches in plain words."""

from dataclasses import dataclass

from payments.sandbox.control import State
from payments.sandbox.switches import Fault, Switches, WebhookManner


@dataclass(frozen=True)
class Story:
    fault: Fault
    name: str
    words: str

    def told(self, switches: Switches) -> str:
        return self.words.format(seconds=_seconds(switches.pause_seconds), status=switches.status)

    @property
    def usual(self) -> str:
        return self.told(Switches(self.fault))


NOTHING_BROKEN = Story(Fault.NONE, "As it should be", "Every request is answered at once, and truly.")
NOT_CHARGED = (
    Story(Fault.DECLINE, "Declines", "The bank says no to every card. Refunds work."),
    Story(Fault.RATE_LIMIT, "Too busy", "Turned away with 429. Nothing is kept."),
    Story(Fault.UNAVAILABLE, "Down", "Turned away with 503, look-ups as well. Nothing is kept."),
    Story(
        Fault.ERROR_BEFORE,
        "Breaks before charging",
        "Fails with {status}. Whoever asks again with the same key hears the same error.",
    ),
)
CHARGED = (
    Story(Fault.SLOW, "Slow", "Charges at once, but takes {seconds} to say so. Look-ups are slow as well."),
    Story(
        Fault.HANG,
        "Hangs",
        "Charges at once, then says nothing for {seconds}. By then most callers have hung up. "
        "Look-ups hang as well.",
    ),
    Story(
        Fault.HANG_BEFORE,
        "Hangs, then charges",
        "Says nothing for {seconds} and charges only then, when most callers have hung up.",
    ),
    Story(
        Fault.DRIP,
        "Drips",
        "Charges at once and answers one byte every {seconds}: never silent, never done.",
    ),
    Story(
        Fault.ERROR_AFTER,
        "Breaks after charging",
        "Charges, then fails with {status}. Whoever asks again with the same key hears the same error; "
        "only a look-up finds the charge.",
    ),
    Story(
        Fault.LOSE_ANSWER,
        "Loses the answer",
        "Charges, then hangs up without a word. Whoever asks again with the same key hears the answer.",
    ),
)
_STORIES = {story.fault: story for story in (NOTHING_BROKEN, *NOT_CHARGED, *CHARGED)}


@dataclass(frozen=True)
class Now:
    """What is broken now, in one headline and a few sentences."""

    is_broken: bool
    headline: str
    sentence: str


def now(state: State) -> Now:
    switches = state.switches
    manner = "" if switches.webhooks == WebhookManner() else f" {_manner(switches.webhooks)}"
    if switches.fault == Fault.NONE and not switches.webhooks.send:
        return Now(is_broken=True, headline="Broken on purpose: events.", sentence=manner.strip())
    if switches.fault == Fault.NONE:
        return Now(is_broken=False, headline="Nothing is broken.", sentence=manner.strip())
    story = _STORIES[switches.fault]
    if not state.is_broken:
        over = f"“{story.name}” struck {_requests(state.hits)}, as it was set to.{manner}"
        return Now(is_broken=False, headline="Nothing is broken any more.", sentence=over)
    struck = f"{story.told(switches)} It strikes {_whom(state)}; {state.hits} so far.{manner}"
    return Now(is_broken=True, headline=f"Broken on purpose: {story.name}.", sentence=struck)


def _whom(state: State) -> str:
    share, count = state.switches.share, state.switches.count
    often = "every request" if share == 1 else f"{share:.0%} of the requests"
    return often if count is None else f"{often}, {count} at most"


def _manner(manner: WebhookManner) -> str:
    if not manner.send:
        return "Events are not told until that is changed."
    least, most = manner.delay_seconds
    span = _seconds(most) if least == most else f"{least:g} to {_seconds(most)}"
    when = f"{span} late" if most else "at once"
    order = "in any order" if manner.shuffle else "in their order"
    return f"Events are told {manner.repeat}×, {when}, {order}."


def _requests(count: int) -> str:
    return f"{count} request" if count == 1 else f"{count} requests"


def _seconds(seconds: float) -> str:
    return f"{seconds:g} second" if seconds == 1 else f"{seconds:g} seconds"
