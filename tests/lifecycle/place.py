"""Where one test happens: its folder, its sink, and what its programs wrote down themselves."""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.running import outer_environment
from tests.lifecycle.work import LEDGER, RUN, VISIT
from tests.recording_sink import RecordingSink
from webstore.telemetry import contract

# Longer than any test: what arrives was sent by the end of a process, not by its clock.
NEVER = "600000"


@dataclass(frozen=True)
class Place:
    """A test's folder and sink."""

    folder: Path
    sink: RecordingSink

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def produced(self) -> dict[str, set[str]]:
        """Return the ids of all spans the programs began, by trace id."""
        spans: dict[str, set[str]] = {}
        for trace_id, span_id, _ in self._entries():
            spans.setdefault(trace_id, set()).add(span_id)
        return spans

    @property
    def visits(self) -> int:
        """Return how many measurements the programs made."""
        return sum(what == VISIT for _, _, what in self._entries())

    @property
    def runs(self) -> int:
        """Return how many requests or tasks began; a message that is given back runs twice."""
        return sum(what == RUN for _, _, what in self._entries())

    def _entries(self) -> list[tuple[str, str, str]]:
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return [(trace_id, span_id, what) for trace_id, span_id, what in map(str.split, lines)]

    def has_begun(self, *trace_ids: str) -> bool:
        return set(trace_ids) <= set(self.produced())

    def missing(self, trace_ids: list[str]) -> dict[str, set[str]]:
        """Return what the sink lacks of the traces, {} when they are whole."""
        produced, here = self.produced(), self.sink.span_ids
        lacking = {trace_id: produced.get(trace_id, {"all"}) - here for trace_id in trace_ids}
        return {trace_id: span_ids for trace_id, span_ids in lacking.items() if span_ids}

    def names(self, trace_id: str) -> set[str]:
        return {span.name for span in self.sink.trace(trace_id)}

    def cut(self, trace_id: str) -> set[str]:
        """Return the names of the trace's spans that the end of their process ended."""
        spans = self.sink.trace(trace_id)
        return {span.name for span in spans if span.attributes.get("error.type") == contract.UNFINISHED}

    def environment(self, **own: str) -> dict[str, str]:
        return {
            **outer_environment(),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.sink.url,
            "OTEL_BSP_SCHEDULE_DELAY": NEVER,
            "OTEL_METRIC_EXPORT_INTERVAL": NEVER,
            "WEBSTORE_SLOTS": str(self.folder / "slots"),
            "WEBSTORE_DEMO": "1",
            "WEBSTORE_DATA": str(self.folder),
            LEDGER: str(self.ledger),
            **own,
        }
