"""One examination: what is asked and sent, each once, and how long it may take."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from google.protobuf.message import Message

from webstore.evidence.asking import Answer, Asker, ReadSideError, Unreachable
from webstore.evidence.client import Exemplar, ReadSide, Sample
from webstore.evidence.doctor.exposition import totals
from webstore.evidence.doctor.mark import SPEC, Mark
from webstore.evidence.doctor.places import Door, Places
from webstore.evidence.doctor.store import Store
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.telemetry.contract import Instrument

PROTOBUF = "application/x-protobuf"
ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.25
# The same numbers in another place: a float of seconds is as exact as this.
_SAME = 1e-9

_UNITS = {"s": "seconds", "1": "ratio"}

Found = TypeVar("Found")


@dataclass(frozen=True)
class Limits:
    """Seconds: for everything, and for what was sent to show up. A purchase needs an export interval more."""

    most_seconds: float = 60.0
    settling_seconds: float = 20.0
    purchase_seconds: float = 45.0


@dataclass(frozen=True)
class Purchase:
    """A practice order, bought through the shop's own forms."""

    number: str
    state: str
    began_at: float
    """Unix seconds."""


@dataclass(frozen=True)
class Sent:
    """How the sink answered; None where no door is known."""

    spans: Answer | ReadSideError | None
    metrics: Answer | ReadSideError | None

    @property
    def are_spans_taken(self) -> bool:
        return _is_yes(self.spans)

    @property
    def are_metrics_taken(self) -> bool:
        return _is_yes(self.metrics)


class Visit:
    def __init__(
        self, places: Places, *, limits: Limits | None = None, buy: Callable[[], Purchase] | None = None
    ) -> None:
        self.places = places
        self.limits = limits or Limits()
        self.buy = buy
        self.end_at = time.monotonic() + self.limits.most_seconds
        self.asker = Asker(timeout_seconds=ANSWER_SECONDS, end_at=self.end_at, certificate=places.certificate)
        self.read_side = ReadSide(
            metrics_url=places.metrics_url, traces_url=places.traces_url, asker=self.asker
        )
        self.store = Store(self.asker, places.metrics_url)
        self.mark = Mark()
        self.seconds = 0.0
        self._settled_at = 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.end_at

    def failed(self, hop: Hop, said: str, *, setting: str = "", remedy: str = "") -> Verdict:
        """Return that a question failed: wrong, unless it was cut short by the end of our own time."""
        if self.is_over:
            return hop.unseen(said)
        return hop.wrong(said, setting=setting, remedy=remedy)

    def check_time(self) -> None:
        """Raise Unreachable when no time is left: what is not there then may still come."""
        if self.is_over:
            raise Unreachable("No time was left to wait for it")

    @cached_property
    def sent(self) -> Sent:
        """Send the mark, spans first; the value is how long the sink took for them."""
        _ = self.collector_before
        began = time.monotonic()
        spans = self._post(self.places.span_door, self.mark.span_request())
        self.seconds = time.monotonic() - began
        metrics = self._post(self.places.metric_door, self.mark.metric_request(self.seconds))
        self._settled_at = time.monotonic() + self.limits.settling_seconds
        return Sent(spans, metrics)

    @cached_property
    def collector_before(self) -> dict[str, float] | ReadSideError:
        """Return the Collector's own numbers before anything was sent."""
        try:
            return self.collector_numbers() if self.places.collector_metrics_url else {}
        except ReadSideError as reason:
            return reason

    def collector_numbers(self) -> dict[str, float]:
        """Return the Collector's own numbers; ReadSideError when it does not tell."""
        text = self.asker.get(self.places.collector_metrics_url).whole().decode(errors="replace")
        return {name: value for name, value in totals(text).items() if name.startswith("otelcol_")}

    def eventually(self, find: Callable[[], Found], *, is_coming: bool = True) -> Found:
        """Return the first truthy answer; the last one when what was sent should have shown up.

        What is not coming is asked for once. ReadSideError when our own time ends first.
        """
        give_up_at = self._settled_at if is_coming else 0.0
        while not (found := find()) and time.monotonic() < give_up_at:
            self.check_time()
            time.sleep(_PAUSE_SECONDS)
        return found

    @cached_property
    def stored_name(self) -> str:
        """Return what the store calls the marked histogram, "" when it has not got our value."""
        return self.eventually(self._name_here, is_coming=self.sent.are_metrics_taken)

    def _name_here(self) -> str:
        if not self.store.is_prometheus:
            return names(SPEC)[0] if self._our_exemplar() else ""
        return next((name for name in names(SPEC) if self._holds_ours(name)), "")

    def _holds_ours(self, name: str) -> bool:
        # Of the last minute, not of now: somebody else may have asked a doctor since.
        sums = self.read_side.values(f"{name}_sum[1m]")
        return any(abs(value - self.seconds) < _SAME for _, value in sums)

    @cached_property
    def exemplar(self) -> Exemplar | None:
        """Return our exemplar as the store has it, None when it has not."""
        return self.eventually(self._our_exemplar, is_coming=self.sent.are_metrics_taken)

    def _our_exemplar(self) -> Exemplar | None:
        start, end = self.mark.began_at - 5, time.time() + 5
        return next(
            (
                found
                for name in names(SPEC)
                for found in self.read_side.exemplars(f"{name}_bucket", start=start, end=end)
                if found.trace_id == self.mark.trace_id
            ),
            None,
        )

    def samples(self, spec: Instrument, ending: str = "", *, shape: str = "{}") -> list[Sample]:
        """Return what the store has of an instrument, whatever it made of its name.

        `shape` keeps the answer of a large shop small, where the store can do more than select.
        """
        for name in names(spec):
            selector = f"{name}{ending}"
            asked = shape.format(selector) if self.store.is_prometheus else selector
            if found := self.read_side.query(asked):
                return found
        return []

    def _post(self, door: Door | None, request: Message) -> Answer | ReadSideError | None:
        if door is None:
            return None
        headers = {**door.headers, "Content-Type": PROTOBUF}
        try:
            return self.asker.post(door.url, request.SerializeToString(), headers)
        except ReadSideError as reason:
            return reason


def _is_yes(answer: Answer | ReadSideError | None) -> bool:
    return isinstance(answer, Answer) and 200 <= answer.status < 300


def names(spec: Instrument) -> tuple[str, str]:
    """Return the contract's name, and what a store makes of it that appends units."""
    plain = spec.name.replace(".", "_")
    # A unit in braces is a word for what a counter counts.
    return plain, f"{plain}_{'total' if spec.unit.startswith('{') else _UNITS.get(spec.unit, spec.unit)}"
