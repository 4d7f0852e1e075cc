"""A gauge for findings that grow old."""

import time
from collections.abc import Callable, Mapping

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from webstore.telemetry.contract import Instrument


class FadingGauge:
    """Values by the instrument's one attribute, reported until they are too old.

    Any of many processes may find them, now this one, now that: without an end each would go on
    reporting what it found last, and an alert would never end.
    """

    def __init__(
        self, meter: Meter, spec: Instrument, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        [self._attribute] = spec.attributes
        self._clock = clock
        self._found: tuple[Mapping[str, float], float] = ({}, 0.0)
        meter.create_observable_gauge(
            spec.name, [self._observe], unit=spec.unit, description=spec.description
        )

    def tell(self, values: Mapping[str, float], *, for_seconds: float) -> None:
        """Report `values`, and nothing but them, for so long."""
        self._found = (dict(values), self._clock() + for_seconds)

    def _observe(self, _options: CallbackOptions) -> list[Observation]:
        values, fresh_until = self._found
        if self._clock() >= fresh_until:
            return []
        return [Observation(value, {self._attribute: name}) for name, value in values.items()]
