"""The clocks: what is an hour off is refused, drawn elsewhere, or has no trace beside it."""

import time
from collections.abc import Iterator, Mapping

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit
from webstore.evidence.plain import shown

HOP = Hop("clock")
# A Date header tells whole seconds, and an answer takes its time.
DOUBTFUL_SECONDS = 5.0
WRONG_SECONDS = 60.0
_MINUTES = 300.0


def examine(visit: Visit) -> Iterator[Verdict]:
    apart = _apart(visit)
    if not apart:
        yield HOP.unseen("No server told its time.")
        return
    address = max(apart, key=lambda one: abs(apart[one]))
    seconds = apart[address]
    # When all others agree it is this machine that is wrong.
    is_ours = max(apart.values()) - min(apart.values()) < 2 * DOUBTFUL_SECONDS
    whose = "this machine's clock" if is_ours else f"the clock of {address}"
    said = f"{whose[0].upper()}{whose[1:]} is {apart_in_words(-seconds if is_ours else seconds)}"
    if abs(seconds) < DOUBTFUL_SECONDS:
        yield HOP.fine(f"This machine's clock agrees with the servers' ({len(apart)} asked).")
    elif abs(seconds) < WRONG_SECONDS:
        yield HOP.doubtful(f"{said}.", setting=f"{whose} (NTP)", remedy="Set it by NTP.")
    else:
        yield HOP.wrong(
            f"{said}: what carries such times is refused, or drawn elsewhere.",
            setting=f"{whose} (NTP)",
            remedy="Set it by NTP, then start what runs there again.",
        )


def _apart(visit: Visit) -> Mapping[str, float]:
    """Return by how many seconds the clock of each server is ahead of ours."""
    places = visit.places
    door = places.span_door or places.metric_door
    addresses = dict.fromkeys([*([door.url] if door else []), places.metrics_url, places.traces_url])
    apart: dict[str, float] = {}
    for address in addresses:
        asked_at = time.time()
        try:
            answer = visit.asker.get(address)
        except ReadSideError:
            # Its own hop tells that it does not answer.
            continue
        if answer.at is not None:
            apart[shown(address)] = _offset(answer.at, asked_at, time.time())
    return apart


def _offset(told_at: float, asked_at: float, answered_at: float) -> float:
    """Return how far a time in whole seconds lies outside of question and answer."""
    if told_at > answered_at:
        return told_at - answered_at
    return min(0.0, told_at + 1 - asked_at)


def apart_in_words(seconds: float) -> str:
    """Return such as "1 h 2 min behind"."""
    # From some minutes on whole ones will do.
    whole = round(abs(seconds) / 60) * 60 if abs(seconds) >= _MINUTES else round(abs(seconds))
    (hours, rest), parts = divmod(whole, 3_600), []
    for count, unit in ((hours, "h"), (rest // 60, "min"), (rest % 60, "s")):
        if count:
            parts.append(f"{count} {unit}")
    return f"{' '.join(parts) or '0 s'} {'ahead' if seconds > 0 else 'behind'}"
