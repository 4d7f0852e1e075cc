"""Quantiles, and numbers as people read them."""

from math import inf

import pytest

from webstore.lens.axes import Axis, linear_ticks, time_ticks
from webstore.lens.heat import legend, thresholds
from webstore.lens.measures import Measure, ago, duration, quantile_text
from webstore.lens.quantiles import quantile
from webstore.lens.ranges import RANGES, Window

BOUNDS = (1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("share", "counts", "value"),
    [
        (0.5, {0: 10}, 0.5),
        (0.5, {1: 10}, 1.5),
        (0.95, {1: 10}, 1.95),
        (0.5, {0: 5, 2: 5}, 1.0),
        (0.75, {0: 5, 2: 5}, 3.0),
        (0.99, {0: 1, 3: 99}, inf),
        (0.5, {}, None),
    ],
)
def test_a_quantile_lies_where_prometheus_puts_it(
    share: float, counts: dict[int, int], value: float | None
) -> None:
    assert quantile(share, BOUNDS, counts) == value


def test_a_quantile_without_bounds_is_unknown() -> None:
    assert quantile(0.5, (), {0: 3}) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (2.5e-8, "25 ns"),
        (0.0000314, "31.4 µs"),
        (0.096, "96 ms"),
        (0.31, "310 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (7.79, "7.79 s"),
        (8.204, "8.2 s"),
        (27.34, "27.3 s"),
        (999.4, "999 s"),
        (1500, "25 min"),
        (90_000, "25 h"),
    ],
)
def test_a_time_has_three_figures_and_a_unit_below_1000(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("s", 0.25, "250 ms"),
        ("ms", 2_500, "2.5 s"),
        ("USD", 41.864, "$41.86"),
        ("USD", 15_000, "$15,000.00"),
        ("By", 20_480, "20,480 By"),
        ("{checkout}", 3, "3"),
        ("1", 0.125, "0.125"),
    ],
)
def test_a_value_reads_by_its_unit(unit: str, value: float, text: str) -> None:
    assert Measure(unit).text(value) == text


def test_beyond_the_last_bound_only_more_than_is_known() -> None:
    assert quantile_text(Measure("s"), inf, largest_bound=60) == "> 60 s"
    assert quantile_text(Measure("s"), None) == "–"


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s ago"), (119, "119 s ago"), (664, "11 min ago")])
def test_how_long_ago_is_said_in_words(seconds: float, text: str) -> None:
    assert ago(seconds) == text


def test_an_axis_has_one_unit() -> None:
    assert Measure("s").ticks([0.1, 1, 10]) == ["0.1 s", "1 s", "10 s"]
    assert Measure("s").ticks([0, 0.05, 0.1]) == ["0 ms", "50 ms", "100 ms"]
    assert Measure("USD").ticks([50, 1_000, 25_000]) == ["$50", "$1k", "$25k"]


def test_ticks_are_round() -> None:
    assert linear_ticks(0, 8.2, 5) == [0, 2, 4, 6, 8]
    assert Axis(0.05, 40, True).ticks() == [0.05, 0.1, 0.5, 1, 5, 10]
    assert Axis(0.1, 0.4, True).ticks() == [0.1, 0.2]


def test_a_logarithmic_axis_spreads_decades_evenly() -> None:
    axis = Axis(0.1, 10, True)

    assert [round(axis.share(value), 6) for value in (0.001, 0.1, 1, 10, 99)] == [0, 0, 0.5, 1, 1]


def test_time_ticks_stand_on_round_times() -> None:
    assert time_ticks(Window(3_590, 7_190), 4) == [
        (10 / 3_600, "01:00"),
        (910 / 3_600, "01:15"),
        (1_810 / 3_600, "01:30"),
        (2_710 / 3_600, "01:45"),
    ]


@pytest.mark.parametrize("chosen", RANGES)
def test_columns_stand_on_round_times(chosen: object) -> None:
    assert isinstance(chosen, type(RANGES[0]))
    window = chosen.window(1_795_348_123.4)

    assert window.end % (chosen.column_seconds * chosen.narrow_factor) == 0
    assert 0 <= window.end - 1_795_348_123.4 < chosen.column_seconds * chosen.narrow_factor
    assert chosen.seconds % (chosen.column_seconds * chosen.narrow_factor) == 0


@pytest.mark.parametrize(
    ("largest", "texts"),
    [
        (1, ["1+"]),
        (3, ["1", "2", "3+"]),
        (35, ["1", "2", "3–5", "6–10", "11–18", "19+"]),
    ],
)
def test_a_legend_has_whole_numbers(largest: int, texts: list[str]) -> None:
    assert legend(thresholds(largest)) == texts
