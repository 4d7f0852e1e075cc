"""A trace as rows."""

from webstore.evidence.tree import Span, build
from webstore.lens.waterfall import DEEPEST, Row, Waterfall

MS = 10**6
ATTRIBUTES = {"statement": "db.statement", "queue": "messaging.destination"}


def _span(span_id: str, parent_id: str = "", *, start: int = 0, end: int = 100, **more: str) -> Span:
    attributes = {ATTRIBUTES[key]: more[key] for key in more if key in ATTRIBUTES}
    return Span(
        span_id,
        parent_id,
        more.get("service", "web"),
        more.get("name", span_id),
        more.get("kind", "internal"),
        start * MS,
        end * MS,
        "failed" in more,
        attributes,
    )


def _rows(*spans: Span, selected: str = "", opened: str = "") -> list[Row]:
    colours = {"web": 0, "worker": 1}
    return list(Waterfall(build(spans), colours, selected=selected, opened=opened).rows())


def _outline(rows: list[Row]) -> list[tuple[str, int, str]]:
    return [(row.kind, row.depth, row.name) for row in rows]


def _updates(count: int, *, failing: int = -1) -> list[Span]:
    texts = [f"call {number % 2}" for number in range(count)]
    return [
        _span(f"s{n}", "a", start=n * 10, end=n * 10 + 5, name="UPDATE product", statement=text, **failed)
        for n, text in enumerate(texts)
        for failed in ([{"failed": "yes"}] if n == failing else [{}])
    ]


def test_a_row_tells_what_took_how_long_and_where() -> None:
    _root, child = _rows(_span("a"), _span("b", "a", start=25, end=75, service="worker"))

    assert (child.took, child.own, child.starts) == ("50 ms", "50 ms", "25 ms")
    assert (child.service, child.colour, child.depth) == ("worker", 1, 1)
    assert (child.bars[0].x, child.bars[0].width) == ("25.00%", "50.00%")


def test_a_wait_in_a_queue_is_a_row_of_its_own() -> None:
    publish = _span("p", "a", end=10, kind="producer", queue="payments")

    rows = _rows(_span("a"), publish, _span("r", "p", start=60, kind="consumer", service="worker"))

    assert _outline(rows)[1:] == [("span", 1, "p"), ("wait", 2, "waits in queue payments"), ("span", 2, "r")]
    assert (rows[2].took, rows[2].bars[0].x, rows[2].bars[0].width) == ("50 ms", "10.00%", "50.00%")


def test_what_is_missing_is_a_ghost_above_its_children() -> None:
    rows = _rows(_span("a"), _span("b", "gone"))

    assert _outline(rows) == [
        ("span", 0, "a"),
        ("ghost", 0, "missing span gone, which began b"),
        ("span", 1, "b"),
    ]


def test_three_equal_siblings_are_one_row() -> None:
    _root, repeats = _rows(_span("a"), *_updates(4))

    assert (repeats.kind, repeats.name, repeats.took) == ("repeats", "4 × UPDATE product", "20 ms")
    assert (repeats.note, len(repeats.bars)) == ("5 ms each, 2 distinct", 4)


def test_two_equal_siblings_stay_apart() -> None:
    assert len(_rows(_span("a"), *_updates(2))) == 3


def test_a_failure_stands_outside_its_group() -> None:
    rows = _rows(_span("a"), *_updates(5, failing=2))

    assert [(row.name, row.is_error) for row in rows[1:]] == [
        ("4 × UPDATE product", False),
        ("UPDATE product", True),
    ]


def test_a_link_to_a_span_inside_opens_its_group() -> None:
    rows = _rows(_span("a"), *_updates(3), selected="s1")

    assert [(row.kind, row.depth, row.is_selected) for row in rows[1:]] == [
        ("repeats", 1, False),
        ("span", 2, False),
        ("span", 2, True),
        ("span", 2, False),
    ]


def test_indenting_ends_somewhere() -> None:
    spans = [_span("0"), *(_span(str(n), str(n - 1)) for n in range(1, 40))]

    assert _rows(*spans)[-1].depth == DEEPEST


def test_the_ruler_has_round_times_and_its_end() -> None:
    ticks = Waterfall(build([_span("a", end=8_200)]), {}).ticks()

    assert [tick.text for tick in ticks] == ["0", "2 s", "4 s", "6 s", "", "8.2 s"]
    assert ticks[1].at == "24.39%"


def test_a_trace_without_length_is_drawn() -> None:
    (row,) = _rows(_span("a", start=5, end=5))

    assert (row.took, row.bars[0].width) == ("0 s", "")
