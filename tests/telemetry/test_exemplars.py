"""Which measurement speaks, and when it may be published."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import Exemplar

from tests.telemetry.rig import Rig
from webstore.telemetry import contract, exemplars

STATES = contract.EXEMPLARS


def _values(found: list[Exemplar]) -> list[float]:
    return [exemplar.value for exemplar in found]


def _published(rig: Rig) -> list[float]:
    rig.acknowledge_all()
    return _values(rig.collect())


def test_chosen_measurement_keeps_its_trace() -> None:
    rig = Rig()

    rig.measure(5.0)

    assert rig.reasons() == {"request": "exemplar"}


def test_nothing_is_published_before_its_span_arrived() -> None:
    rig = Rig()
    span_id = rig.measure(5.0)

    assert rig.collect() == []
    rig.waiting.acknowledge([span_id])
    assert _values(rig.collect()) == [5.0]


def test_another_spans_arrival_publishes_nothing() -> None:
    rig = Rig()
    span_id = rig.measure(5.0)

    rig.waiting.acknowledge([span_id + 1])

    assert rig.collect() == []


def test_exemplar_is_repeated_until_it_is_delivered() -> None:
    rig = Rig()
    rig.measure(5.0)

    first, second = _published(rig), _published(rig)
    rig.waiting.delivered(rig.collect())

    assert (first, second, _published(rig)) == ([5.0], [5.0], [])
    assert rig.tally.count(STATES, contract.PUBLISHED) == 1


def test_exemplar_chosen_while_another_is_sent_is_not_taken_for_delivered() -> None:
    rig = Rig()
    rig.measure(5.0)
    rig.acknowledge_all()
    sent = rig.collect()
    rig.measure(50.0)

    rig.waiting.delivered(sent)

    assert _published(rig) == [50.0]


def test_newcomer_must_lead_below_the_highest_bucket() -> None:
    rig = Rig()

    for value in (50.0, 5.0, 5.5, 6.1, 6.2):
        rig.measure(value)

    assert _published(rig) == [5.0, 6.1, 50.0]


def test_worst_of_the_highest_bucket_always_speaks() -> None:
    rig = Rig()

    for value in (50.0, 50.1, 50.05, 50.2):
        rig.measure(value)

    assert _published(rig) == [50.0, 50.1, 50.2]


def test_each_interval_chooses_anew() -> None:
    rig = Rig()
    rig.measure(50.0)
    rig.collect()

    rig.measure(20.0)

    assert sorted(_published(rig)) == [20.0, 50.0]


def test_one_bucket_never_has_two_in_a_millisecond() -> None:
    rig = Rig()
    for value in (20.0, 30.0, 40.0, 50.0):
        rig.measure(value)

    rig.acknowledge_all()
    times = [exemplar.time_unix_nano for exemplar in rig.collect()]

    assert len({time // 1_000_000 for time in times}) == 4
    assert times == sorted(times)


def test_parted_times_stay_when_repeated() -> None:
    rig = Rig()
    for value in (20.0, 30.0):
        rig.measure(value)
    rig.acknowledge_all()

    once, again = rig.collect(), rig.collect()

    assert [one.time_unix_nano for one in once] == [one.time_unix_nano for one in again]


def test_measurement_without_span_has_no_exemplar() -> None:
    rig = Rig()

    rig.histogram.record(5.0)

    assert (rig.collect(), rig.tally.count(STATES, contract.SELECTED)) == ([], 0)


def test_measurement_of_an_ended_span_has_no_exemplar() -> None:
    rig = Rig(ratio=1.0)
    with rig.tracer.start_as_current_span("request") as span:
        pass

    with trace.use_span(span):
        rig.histogram.record(5.0)

    assert _published(rig) == []


def test_late_span_withholds_its_exemplar() -> None:
    rig = Rig()
    rig.measure(5.0)

    rig.clock.now += exemplars.MAX_WAIT_SECONDS
    rig.collect()

    assert rig.tally.count(STATES, contract.WITHHELD) == 1
    assert rig.tally.count(contract.EXEMPLARS_WITHHELD, contract.SPAN_LATE) == 1
    assert _published(rig) == []


def test_metric_that_nobody_takes_withholds_its_exemplar() -> None:
    rig = Rig()
    rig.measure(5.0)
    rig.acknowledge_all()

    rig.clock.now += exemplars.MAX_REPEAT_SECONDS
    rig.collect()

    assert rig.tally.count(STATES, contract.WITHHELD) == 1
    assert rig.tally.count(contract.EXEMPLARS_WITHHELD, contract.METRIC_LATE) == 1


def test_spent_budget_leaves_the_trace_alone() -> None:
    rig = Rig(per_second=0.0)

    rig.measure(5.0)

    assert rig.kept == []


def test_budget_costs_nothing_for_a_trace_that_is_kept_anyway() -> None:
    rig = Rig(ratio=1.0, per_second=0.0)

    rig.measure(5.0)

    assert _published(rig) == [5.0]
    assert rig.reasons() == {"request": "baseline"}


def test_last_half_of_the_budget_is_for_the_highest_bucket() -> None:
    rig = Rig(per_second=0.4)  # two tokens saved up

    rig.measure(50.0)
    rig.measure(5.0)
    rig.measure(60.0)

    assert _published(rig) == [50.0, 60.0]


@pytest.mark.parametrize("waiting", [3])
def test_waiting_is_bounded(monkeypatch: pytest.MonkeyPatch, waiting: int) -> None:
    monkeypatch.setattr(exemplars, "MAX_WAITING", waiting)
    rig = Rig()

    for value in range(20, 30):
        rig.measure(float(value))

    assert rig.tally.count(STATES, contract.SELECTED) == waiting


def test_late_exemplar_takes_no_other_of_its_span_along() -> None:
    rig = Rig()
    with rig.tracer.start_as_current_span("request"):
        rig.histogram.record(5.0)
        rig.clock.now += exemplars.MAX_WAIT_SECONDS - 1
        rig.histogram.record(50.0)
        rig.clock.now += 2
        rig.collect()

    assert _published(rig) == [50.0]


def test_exemplar_under_way_twice_is_delivered_once() -> None:
    rig = Rig()
    rig.measure(5.0)
    rig.acknowledge_all()
    first, second = rig.collect(), rig.collect()

    rig.waiting.delivered(second)
    rig.waiting.delivered(first)

    assert rig.tally.count(STATES, contract.PUBLISHED) == 1
