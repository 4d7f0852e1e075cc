"""One process's telemetry without a network: real SDK providers, a sink that obeys the test."""

from collections.abc import Sequence

from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import Exemplar, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import Tracer

from webstore.telemetry.budget import Budget
from webstore.telemetry.exemplars import Waiting, reservoir_factory
from webstore.telemetry.sampling import Kept, LocalTraces
from webstore.telemetry.tally import Tally

BOUNDARIES = (1.0, 10.0, 100.0)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """Traces, exemplars and a histogram named "h", wired as in a process."""

    def __init__(self, *, ratio: float = 0.0, per_second: float = 100.0) -> None:
        self.clock = Clock()
        self.tally = Tally()
        self.kept: list[Kept] = []
        self.waiting = Waiting(self.tally, clock=self.clock)
        self.traces = LocalTraces(
            ratio=ratio,
            budget=Budget(per_second, clock=self.clock),
            keep=self._keep,
            tally=self.tally,
        )
        self._tracer_provider = TracerProvider(shutdown_on_exit=False)
        self._tracer_provider.add_span_processor(self.traces)
        self._reader = InMemoryMetricReader()
        view = View(
            instrument_name="*", exemplar_reservoir_factory=reservoir_factory(self.traces, self.waiting)
        )
        self._meter_provider = MeterProvider([self._reader], views=[view], shutdown_on_exit=False)
        self.tracer: Tracer = self._tracer_provider.get_tracer("rig")
        self.histogram: Histogram = self._meter_provider.get_meter("rig").create_histogram(
            "h", explicit_bucket_boundaries_advisory=BOUNDARIES
        )

    def measure(self, value: float, *, name: str = "request") -> int:
        """Record one value in a local trace of its own; return the span's id."""
        with self.tracer.start_as_current_span(name) as span:
            self.histogram.record(value)
        return span.get_span_context().span_id

    def names(self) -> list[str]:
        """Return the names of what was kept."""
        return [kept.what.name for kept in self.kept]

    def reasons(self) -> dict[str, str]:
        """Return why each kept local root was kept, by its name."""
        return {kept.what.name: kept.reason for kept in self.kept if kept.reason}

    def errors(self) -> dict[str, object]:
        """Return the `error.type` of each kept span that has one, by its name."""
        spans = [kept.what for kept in self.kept if isinstance(kept.what, ReadableSpan)]
        return {span.name: span.attributes["error.type"] for span in spans if span.attributes}

    def acknowledge_all(self) -> None:
        """Let the sink take every kept span."""
        self.waiting.acknowledge(_ids(self.kept))

    def collect(self) -> list[Exemplar]:
        """Collect as a reader does; return the exemplars that would leave now."""
        data: MetricsData | None = self._reader.get_metrics_data()
        return [
            exemplar
            for resource in (data.resource_metrics if data else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
            for exemplar in point.exemplars
        ]

    def _keep(self, spans: Sequence[Kept]) -> None:
        self.kept.extend(spans)


def _ids(kept: list[Kept]) -> list[int]:
    spans = [item.what for item in kept if isinstance(item.what, ReadableSpan)]
    return [span.context.span_id for span in spans if span.context]
