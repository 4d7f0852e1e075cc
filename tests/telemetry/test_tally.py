"""What telemetry did is counted from nought, so that the first loss is an increase."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from tests.telemetry.numbers import numbers
from webstore.telemetry import contract
from webstore.telemetry.contract import Instrument
from webstore.telemetry.tally import Tally


@pytest.fixture
def reader() -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    yield reader
    reader.shutdown()


def _reported(tally: Tally, reader: InMemoryMetricReader, spec: Instrument) -> dict[str, float]:
    """Return what a provider reports of one instrument, by its attribute's value."""
    tally.observe_with(MeterProvider([reader], shutdown_on_exit=False))
    return numbers(reader, spec)


def test_every_value_is_reported_before_it_ever_happened(reader: InMemoryMetricReader) -> None:
    reported = _reported(Tally(), reader, contract.EXEMPLARS)

    assert reported == {contract.SELECTED: 0, contract.PUBLISHED: 0, contract.WITHHELD: 0}


def test_amounts_add_up(reader: InMemoryMetricReader) -> None:
    tally = Tally()
    tally.add(contract.SPANS_LOST, contract.QUEUE_FULL, 3)
    tally.add(contract.SPANS_LOST, contract.QUEUE_FULL)

    assert _reported(tally, reader, contract.SPANS_LOST)[contract.QUEUE_FULL] == 4
