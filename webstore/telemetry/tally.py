"""What telemetry did with its own spans and exemplars, counted for its own metrics."""

import threading
from collections import Counter
from functools import partial

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

from webstore.telemetry import contract
from webstore.telemetry.contract import Instrument


class Tally:
    """Counts by instrument and attribute value; any thread may add."""

    def __init__(self) -> None:
        # All at 0: of a series that begins with its first loss nobody sees the increase.
        self._counts: dict[str, Counter[str]] = {
            spec.name: Counter(dict.fromkeys(values, 0)) for spec, values in _COUNTED.items()
        }
        self._lock = threading.Lock()

    def add(self, spec: Instrument, value: str, amount: int = 1) -> None:
        """Count `amount` more of what the instrument's one attribute calls `value`."""
        with self._lock:
            self._counts[spec.name][value] += amount

    def count(self, spec: Instrument, value: str) -> int:
        with self._lock:
            return self._counts[spec.name][value]

    def observe_with(self, provider: MeterProvider) -> None:
        """Let `provider` report the counts as observable counters."""
        meter = provider.get_meter(contract.SCOPE)
        for spec in _COUNTED:
            meter.create_observable_counter(
                spec.name,
                callbacks=[partial(self._observations, spec)],
                unit=spec.unit,
                description=spec.description,
            )

    def _observations(self, spec: Instrument, _options: CallbackOptions) -> list[Observation]:
        [attribute] = spec.attributes
        with self._lock:
            counts = dict(self._counts[spec.name])
        return [Observation(count, {attribute: value}) for value, count in counts.items()]


_COUNTED: dict[Instrument, tuple[str, ...]] = {
    contract.EXEMPLARS: (contract.SELECTED, contract.PUBLISHED, contract.WITHHELD),
    contract.EXEMPLARS_WITHHELD: (contract.SPAN_LATE, contract.METRIC_LATE, contract.SINK_REFUSED),
    contract.TRACES: (
        contract.BASELINE,
        contract.CROSSING,
        contract.ERROR,
        contract.EXEMPLAR,
        contract.DROPPED,
        contract.CAPPED,
        contract.UNFINISHED,
    ),
    contract.SPANS_LOST: (contract.TRACE_CAP, contract.QUEUE_FULL, contract.SINK_REFUSED),
    contract.EXPORT_FAILURES: (contract.SIGNAL_TRACES, contract.SIGNAL_METRICS),
}
