"""A finding that nobody repeats stops being reported."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from tests.telemetry.numbers import numbers
from tests.telemetry.rig import Clock
from webstore.telemetry import contract
from webstore.telemetry.fading import FadingGauge

SPEC = contract.EXEMPLARS_AUDITED


class Gauge:
    def __init__(self, reader: InMemoryMetricReader) -> None:
        self.clock = Clock()
        meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("test")
        self.gauge = FadingGauge(meter, SPEC, clock=self.clock)
        self._reader = reader

    def reported(self) -> dict[str, float]:
        return numbers(self._reader, SPEC)


@pytest.fixture
def audited() -> Iterator[Gauge]:
    reader = InMemoryMetricReader()
    yield Gauge(reader)
    reader.shutdown()


def test_nothing_found_yet_is_nothing_reported(audited: Gauge) -> None:
    assert audited.reported() == {}


def test_finding_is_repeated_while_it_is_fresh(audited: Gauge) -> None:
    audited.gauge.tell({contract.ALIVE: 5, contract.SPAN_MISSING: 0}, for_seconds=150)
    audited.clock.now += 149

    assert audited.reported() == audited.reported() == {contract.ALIVE: 5, contract.SPAN_MISSING: 0}


def test_old_finding_is_no_finding(audited: Gauge) -> None:
    audited.gauge.tell({contract.TRACE_MISSING: 1}, for_seconds=150)
    audited.clock.now += 150

    assert audited.reported() == {}


def test_new_finding_replaces_all_of_the_old_one(audited: Gauge) -> None:
    audited.gauge.tell({contract.TRACE_MISSING: 1}, for_seconds=150)
    audited.gauge.tell({contract.ALIVE: 2}, for_seconds=150)

    assert audited.reported() == {contract.ALIVE: 2}
