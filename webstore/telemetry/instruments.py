"""The shop's instruments, by the contract.

They may be imported anywhere, also before a process forks: until `lifecycle.start`
runs they are proxies that record nothing.
"""

import logging
from collections.abc import Callable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation

from webstore.telemetry import contract
from webstore.telemetry.contract import Instrument
from webstore.telemetry.fading import FadingGauge

logger = logging.getLogger(__name__)

_meter = metrics.get_meter(contract.SCOPE)


def _histogram(spec: Instrument) -> Histogram:
    return _meter.create_histogram(
        spec.name,
        unit=spec.unit,
        description=spec.description,
        explicit_bucket_boundaries_advisory=spec.boundaries,
    )


def _counter(spec: Instrument) -> Counter:
    return _meter.create_counter(spec.name, unit=spec.unit, description=spec.description)


checkout_amount = _histogram(contract.CHECKOUT_AMOUNT)
payment_duration = _histogram(contract.PAYMENT_DURATION)
time_to_paid = _histogram(contract.TIME_TO_PAID)
task_wait = _histogram(contract.TASK_WAIT)
task_duration = _histogram(contract.TASK_DURATION)
checkouts = _counter(contract.CHECKOUTS)
doorbells_missed = _counter(contract.DOORBELLS_MISSED)
miscounts = _counter(contract.MISCOUNTS)
audits = _counter(contract.AUDITS)
exemplars_audited = FadingGauge(_meter, contract.EXEMPLARS_AUDITED)


def begin_miscounts() -> None:
    """Count none of each reason: of a counter that begins with its first one nobody sees the increase."""
    for reason in contract.MISCOUNT_REASONS:
        miscounts.add(0, {contract.REASON: reason})


def watch(spec: Instrument, read: Callable[[], float]) -> None:
    """Report what `read` returns at every export; it runs in the exporter's thread."""

    def observe(_options: CallbackOptions) -> list[Observation]:
        try:
            return [Observation(read())]
        except Exception as error:  # noqa: BLE001 - a gauge without a value for now; the rest must leave
            logger.warning("no value for %s: %s", spec.name, type(error).__qualname__)
            return []

    _meter.create_observable_gauge(spec.name, [observe], unit=spec.unit, description=spec.description)
