"""The shop's instruments, by the contract.

They may be imported anywhere, also before a process forks: until `lifecycle.start`
runs they are proxies that record nothing.
"""

from opentelemetry import metrics
from opentelemetry.metrics import Counter, Histogram

from webstore.telemetry import contract
from webstore.telemetry.contract import Instrument

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
