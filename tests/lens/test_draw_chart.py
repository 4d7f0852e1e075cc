"""A histogram's chart, placed."""

from collections import Counter

from webstore.lens.chart import Measured, can_be_log, draw
from webstore.lens.measures import Measure
from webstore.lens.metric_reader import Dot, Heat
from webstore.lens.ranges import RANGES

BOUNDS = (0.1, 1.0, 10.0)
CHOSEN = RANGES[1]
WINDOW = CHOSEN.window(7_200)


def _dot(value: float, *, minute: float) -> Dot:
    return Dot(1, int((WINDOW.start + minute * 60) * 1e9), value, "aa", f"{value}{minute}")


def _measured(cells: dict[tuple[int, int], int], *dots: Dot) -> Measured:
    counts: Heat = Counter(cells)
    worst_first = sorted(dots, key=lambda dot: -dot.value)
    return Measured(counts, worst_first, BOUNDS, Measure("s"), WINDOW, CHOSEN)


def test_a_cell_stands_in_its_column_and_between_its_bounds() -> None:
    picture = draw(_measured({(5, 1): 3, (6, 2): 3}), is_log=True).wide

    assert picture.view_box == "0 0 60 1000"
    assert [shade.path for shade in picture.shades] == ["M5 500h1V1000h-1zM6 0h1V500h-1z"]


def test_narrow_columns_are_added_up() -> None:
    chart = draw(_measured({(4, 1): 1, (5, 1): 1, (6, 1): 1}), is_log=True)

    assert (chart.narrow.columns, chart.legend) == (30, ["1", "2+"])
    assert [(shade.level, shade.path[:3]) for shade in chart.narrow.shades] == [(0, "M3 "), (1, "M2 ")]


def test_quantiles_are_steps() -> None:
    median = draw(_measured({(3, 1): 2, (4, 1): 2, (9, 1): 2}), is_log=False).wide.lines[0]

    assert (median.name, median.path) == ("P50", "M3 500h1h1M9 500h1")


def test_a_dot_stands_at_its_time_and_value() -> None:
    (placed,) = draw(_measured({(0, 1): 1}, _dot(1.0, minute=30)), is_log=True).dots

    assert (placed.x, placed.y, placed.covered) == ("50.00%", "0.00%", 0)


def test_the_worst_of_a_heap_is_drawn_and_counts_the_rest() -> None:
    heap = [_dot(value, minute=30.2) for value in (0.50, 0.51, 0.52)]

    placed = draw(_measured({(30, 1): 4}, *heap, _dot(0.9, minute=30.1)), is_log=False).dots

    assert [(one.dot.value, one.covered) for one in placed] == [(0.9, 0), (0.52, 2)]


def test_the_open_bucket_reaches_to_the_largest_dot() -> None:
    chart = draw(_measured({(0, 3): 1, (0, 1): 1}, _dot(100, minute=1)), is_log=True)

    assert chart.open_bound == "10 s"
    assert chart.dots[0].y == "0.00%"


def test_an_axis_is_logarithmic_when_bounds_differ_by_30_times() -> None:
    assert can_be_log((0.1, 1, 10))
    assert not can_be_log((1, 2, 25))
    assert not can_be_log((0, 5, 1_000))
