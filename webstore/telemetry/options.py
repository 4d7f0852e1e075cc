"""What the environment says about telemetry, read strictly."""

import math
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """One process's choices. Of all traces `ratio` (0 to 1) is kept without any other reason."""

    ratio: float
    exemplar_traces_per_second: float
    span_delay_seconds: float
    metric_interval_millis: float

    @classmethod
    def from_environment(cls) -> "Options":
        """Read and check them; ValueError names the variable that is wrong."""
        return cls(
            ratio=_number("WEBSTORE_TRACE_RATIO", 1.0, most=1.0),
            exemplar_traces_per_second=_number("WEBSTORE_EXEMPLAR_TRACES_PER_SECOND", 2.0),
            span_delay_seconds=_number("OTEL_BSP_SCHEDULE_DELAY", 1_000.0, least=1.0) / 1_000,
            metric_interval_millis=_number("OTEL_METRIC_EXPORT_INTERVAL", 5_000.0, least=1.0),
        )


def _number(variable: str, usual: float, *, least: float = 0.0, most: float = 1e9) -> float:
    text = os.environ.get(variable, "")
    try:
        value = float(text) if text else usual
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"{variable} must be a number from {least:g} to {most:g}, not {text!r}")
    return value
