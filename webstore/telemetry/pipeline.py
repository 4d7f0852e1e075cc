"""How the parts of one process's telemetry fit together.

spans    → LocalTraces (hold, keep or drop) → SpanSender → sink ─ acknowledged ┐
values   → WorstReservoir (choose, mark) → Waiting ←───────────────────────────┘
metrics  → reader → DeliveringExporter → sink ─ delivered → Waiting
"""

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from webstore.telemetry.budget import Budget
from webstore.telemetry.delivery import DeliveringExporter
from webstore.telemetry.exemplars import Waiting, reservoir_factory
from webstore.telemetry.options import Options
from webstore.telemetry.outgoing import Outgoing
from webstore.telemetry.privacy import METRIC_ATTRIBUTES
from webstore.telemetry.sampling import LocalTraces
from webstore.telemetry.sending import SpanSender
from webstore.telemetry.sink import SinkSession
from webstore.telemetry.tally import Tally

# One export may take this long, and so may a whole flush at exit: behind a silent sink the
# spans' export uses it up.
_EXPORT_TIMEOUT_SECONDS = 2


class Pipeline:
    """Everything between the instrumented code and the sink, built once per process."""

    def __init__(self, resource: Resource, options: Options) -> None:
        self.tally = Tally()
        self.waiting = Waiting(self.tally)
        session = SinkSession()
        self.sender = SpanSender(
            OTLPSpanExporter(timeout=_EXPORT_TIMEOUT_SECONDS, compression=Compression.Gzip, session=session),
            outgoing=Outgoing(resource),
            session=session,
            on_delivered=self.waiting.acknowledge,
            tally=self.tally,
        )
        self.traces = LocalTraces(
            ratio=options.ratio,
            budget=Budget(options.exemplar_traces_per_second),
            keep=self.sender.send,
            tally=self.tally,
        )
        # Everything is recorded; LocalTraces decides when it is known what a trace was.
        self.tracer_provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(self.traces)
        self.deliverer = self._deliverer()
        self.meter_provider = self._meter_provider(resource, options)
        self.tally.observe_with(self.meter_provider)
        self.sender.start(delay_seconds=options.span_delay_seconds, on_tick=self._tick)

    @property
    def is_failing(self) -> bool:
        """Return whether the sink did not take what it was sent last."""
        return self.sender.is_failing or self.deliverer.is_failing

    def flush(self) -> None:
        """Send what is there, spans before metrics: exemplars wait for their spans."""
        self.traces.release()
        self._send()

    def finish(self) -> None:
        """End what is still open and send everything."""
        self.traces.finish()
        self._send()

    def _tick(self) -> None:
        self.traces.expire()
        # A process that is killed then loses of a long request what is open, not what was done.
        self.traces.release()

    def _send(self) -> None:
        self.sender.flush()
        self.meter_provider.force_flush()

    def _deliverer(self) -> DeliveringExporter:
        session = SinkSession()
        exporter = OTLPMetricExporter(
            timeout=_EXPORT_TIMEOUT_SECONDS, compression=Compression.Gzip, session=session
        )
        return DeliveringExporter(exporter, session=session, waiting=self.waiting, tally=self.tally)

    def _meter_provider(self, resource: Resource, options: Options) -> MeterProvider:
        reader = PeriodicExportingMetricReader(
            self.deliverer, export_interval_millis=options.metric_interval_millis
        )
        # Exactly one view: of two that match, both would export the metric.
        view = View(
            instrument_name="*",
            # What a view drops, the SDK would bring back with exemplars; our reservoir's have nothing of it.
            attribute_keys=set(METRIC_ATTRIBUTES),
            exemplar_reservoir_factory=reservoir_factory(self.traces, self.waiting),
        )
        return MeterProvider([reader], resource=resource, shutdown_on_exit=False, views=[view])
