"""One notification on its way: enriched if that is possible in time, delivered, remembered."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from webstore.evidence.asking import Asker
from webstore.evidence.client import ReadSide, ReadSideError
from webstore.evidence.pager import delivery, environment
from webstore.evidence.pager.delivery import ContentRefused, DeliveryError
from webstore.evidence.pager.errands import Errands
from webstore.evidence.pager.memory import Claim, Memory
from webstore.evidence.pager.notification import Group
from webstore.evidence.pager.wording import MOST_ALERTS, log_line, text_of
from webstore.evidence.pager.worst import Moment, Question, moments, question_of

# The rest of the time is the delivery's.
_ENRICHING_SHARE = 0.5
_ANSWER_SECONDS = 2.0
# An answer takes ten times its size while it is read. One of 4 MiB holds thousands of spans or dots.
_ANSWER_BYTES = 4 * 2**20
_MOST_ASKING, _MOST_SENDING = 1, 16

logger = logging.getLogger(__name__)


class Outcome(Enum):
    SENT = "sent"
    ALREADY_SENT = "already sent"
    BUSY = "this group is being sent"
    UNDELIVERED = "not delivered"


@dataclass
class Found:
    """What is known of the alerts so far: the thread that asks may still be adding to it."""

    by_alert: dict[str, list[Moment]] = field(default_factory=dict)


class Pager:
    def __init__(self) -> None:
        self._memory = Memory(repeat_seconds=environment.REPEAT_SECONDS)
        self._asking = Errands(most_at_once=_MOST_ASKING)
        self._sending = Errands(most_at_once=_MOST_SENDING)

    def take(self, group: Group) -> Outcome:
        give_up_at = time.monotonic() + environment.DEADLINE_SECONDS
        claim = self._memory.claim(group)
        if claim is not Claim.NEWS:
            return Outcome.ALREADY_SENT if claim is Claim.SAID else Outcome.BUSY
        is_delivered = False
        try:
            is_delivered = self._say(group, give_up_at)
        finally:
            self._memory.settle(group, is_delivered=is_delivered)
        return Outcome.SENT if is_delivered else Outcome.UNDELIVERED

    def _say(self, group: Group, give_up_at: float) -> bool:
        found = self._found(group)
        text = text_of(group, found.by_alert, trace_url=environment.TRACE_URL)
        logger.info("%s", log_line(text))
        if not environment.WEBHOOK_URL:
            return True
        bare = text_of(group, {}, trace_url=environment.TRACE_URL)
        delivered: list[bool] = []

        def deliver() -> None:
            delivered.append(_deliver(text, bare, give_up_at))

        self._sending.run(deliver, seconds=give_up_at - time.monotonic())
        return any(delivered)

    def _found(self, group: Group) -> Found:
        found = Found()
        questions = dict(_questions(group))
        if not questions:
            return found
        seconds = environment.DEADLINE_SECONDS * _ENRICHING_SHARE

        give_up_at = time.monotonic() + seconds

        def ask() -> None:
            _ask(questions, found, give_up_at)

        if not self._asking.run(ask, seconds=seconds):
            logger.warning("metrics or traces answer too slowly: the alert goes out with what is known")
        return Found({key: list(known) for key, known in list(found.by_alert.items())})


def _questions(group: Group) -> Iterator[tuple[str, Question]]:
    for alert in group.firing[:MOST_ALERTS]:
        if question := question_of(alert.annotations):
            yield alert.fingerprint, question


def _ask(questions: dict[str, Question], found: Found, give_up_at: float) -> None:
    answers: dict[Question, list[Moment]] = {}
    asker = Asker(timeout_seconds=_ANSWER_SECONDS, end_at=give_up_at, most_bytes=_ANSWER_BYTES)
    with ReadSide(
        metrics_url=environment.METRICS_URL, traces_url=environment.TRACES_URL, asker=asker
    ) as read_side:
        for fingerprint, question in questions.items():
            is_new = question not in answers
            known = found.by_alert[fingerprint] = answers.setdefault(question, [])
            try:
                if is_new:
                    known.extend(moments(read_side, question))
            except ReadSideError as reason:
                logger.warning("an alert goes out without its traces: %s", reason)


def _deliver(text: str, bare: str, give_up_at: float) -> bool:
    try:
        try:
            delivery.send(environment.WEBHOOK_URL, text, give_up_at=give_up_at)
        except ContentRefused as reason:
            if text == bare:
                raise
            logger.warning("%s: the alert is sent without its traces", reason)
            delivery.send(environment.WEBHOOK_URL, bare, give_up_at=give_up_at)
    except DeliveryError as reason:
        logger.error("a notification was not delivered: %s", reason)  # noqa: TRY400 - the stack says nothing more
        return False
    return True
