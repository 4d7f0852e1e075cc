"""One metric that the sink refuses costs only itself."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import View

from tests.sinks.answering import Answer, Answering, answering_sink
from tests.telemetry.rig import Rig
from webstore.telemetry import contract, delivery
from webstore.telemetry.delivery import DeliveringExporter
from webstore.telemetry.exemplars import reservoir_factory
from webstore.telemetry.sink import SinkSession

STATES = contract.EXEMPLARS


class Shipping:
    """Two histograms, "good" and "bad", exported to a sink that refuses some of them."""

    def __init__(self, sink: Answering) -> None:
        self.sink, self.rig, self.session = sink, Rig(), SinkSession()
        exporter = OTLPMetricExporter(endpoint=sink.url("/v1/metrics"), session=self.session)
        self._exporter = DeliveringExporter(
            exporter, session=self.session, waiting=self.rig.waiting, tally=self.rig.tally
        )
        self._reader = InMemoryMetricReader()
        factory = reservoir_factory(self.rig.traces, self.rig.waiting)
        view = View(instrument_name="*", exemplar_reservoir_factory=factory)
        meter = MeterProvider([self._reader], views=[view], shutdown_on_exit=False).get_meter("test")
        self._histograms = [meter.create_histogram(name) for name in ("good", "bad")]

    def measure(self) -> None:
        """Record into both, each with an exemplar whose span arrived."""
        for histogram in self._histograms:
            with self.rig.tracer.start_as_current_span("request"):
                histogram.record(1.0)
        self.rig.acknowledge_all()

    def export(self) -> list[set[str]]:
        """Export what there is; return the names in each request the sink was sent."""
        self.sink.bodies.clear()
        data = self._reader.get_metrics_data()
        assert data is not None
        self._exporter.export(data)
        return [_names(body) for body in self.sink.bodies]

    def count(self, state: str) -> int:
        return self.rig.tally.count(STATES, state)


def _names(body: bytes) -> set[str]:
    request = ExportMetricsServiceRequest.FromString(body)
    return {
        metric.name
        for group in request.resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
    }


@pytest.fixture
def shipping() -> Iterator[Shipping]:
    with answering_sink() as sink:
        yield (shipping := Shipping(sink))
        shipping.session.close()


def _poison(shipping: Shipping, *names: str) -> None:
    shipping.sink.answer = lambda body: Answer(400 if _names(body) & set(names) else 200)


def test_refused_request_is_sent_again_metric_by_metric(shipping: Shipping) -> None:
    _poison(shipping, "bad")
    shipping.measure()

    assert shipping.export() == [{"good", "bad"}, {"good"}, {"bad"}]
    assert (shipping.count(contract.PUBLISHED), shipping.count(contract.WITHHELD)) == (1, 1)
    assert shipping.rig.tally.count(contract.EXEMPLARS_WITHHELD, contract.SINK_REFUSED) == 1


def test_refused_metric_is_left_out_of_the_next_requests(shipping: Shipping) -> None:
    _poison(shipping, "bad")
    shipping.measure()
    shipping.export()
    shipping.measure()

    assert shipping.export() == [{"good"}]
    assert shipping.count(contract.PUBLISHED) == 2


def test_left_out_metric_gets_another_chance(shipping: Shipping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LEFT_OUT_SECONDS", 0.0)
    _poison(shipping, "bad")
    shipping.measure()
    shipping.export()
    _poison(shipping)
    shipping.measure()

    assert shipping.export() == [{"good", "bad"}]
    assert shipping.count(contract.PUBLISHED) == 3


def test_sink_that_refuses_everything_is_not_asked_one_by_one_each_time(shipping: Shipping) -> None:
    _poison(shipping, "good", "bad")
    shipping.measure()

    assert [len(shipping.export()), len(shipping.export())] == [3, 1]


def test_exemplars_survive_a_sink_that_refuses_everything(shipping: Shipping) -> None:
    _poison(shipping, "good", "bad")
    shipping.measure()
    shipping.export()

    _poison(shipping)
    shipping.export()

    assert (shipping.count(contract.PUBLISHED), shipping.count(contract.WITHHELD)) == (2, 0)


def test_away_sink_gives_nothing_up(shipping: Shipping) -> None:
    shipping.sink.always(503)
    shipping.measure()
    shipping.export()

    shipping.sink.always(200)
    shipping.export()

    assert shipping.count(contract.PUBLISHED) == 2
