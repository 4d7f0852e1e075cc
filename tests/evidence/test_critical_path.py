"""What everything in a trace waited for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence.tracing import MS, checkout, node, span, written
from webstore.evidence.critical_path import Reach, critical_path, heaviest
from webstore.evidence.tree import Span, build


def test_a_span_alone_is_its_path() -> None:
    assert written(critical_path(build([span("a", 0, 10)]))) == [("a", 0, 10)]


def test_no_spans_have_no_path() -> None:
    assert critical_path(build([])) == ()
    assert heaviest(()) is None


def test_children_one_after_another_are_all_waited_for() -> None:
    tree = build([span("a", 0, 10), span("b", 1, 4, "a"), span("c", 5, 9, "a")])

    assert written(critical_path(tree)) == [("a", 0, 1), ("b", 1, 4), ("a", 4, 5), ("c", 5, 9), ("a", 9, 10)]


def test_of_children_at_once_the_last_to_end_is_waited_for() -> None:
    tree = build([span("a", 0, 10), span("b", 1, 8, "a"), span("c", 1, 9, "a"), span("d", 1, 3, "a")])

    assert written(critical_path(tree)) == [("a", 0, 1), ("c", 1, 9), ("a", 9, 10)]


def test_children_that_overlap_take_turns() -> None:
    tree = build([span("a", 0, 10), span("b", 0, 6, "a"), span("c", 4, 10, "a")])

    assert written(critical_path(tree)) == [("b", 0, 4), ("c", 4, 10)]


def test_a_call_that_runs_on_after_its_caller_gave_up_counts_till_then() -> None:
    tree = build([span("a", 0, 8), span("b", 1, 15, "a")])

    assert written(critical_path(tree)) == [("a", 0, 1), ("b", 1, 8)]


def test_time_in_a_queue_is_a_wait_with_the_queues_name() -> None:
    assert written(critical_path(checkout()))[:6] == [
        ("POST /checkout", 0, 10),
        ("create_order", 10, 60),
        ("POST /checkout", 60, 70),
        ("publish", 70, 80),
        ("<payments>", 80, 480),
        ("run", 480, 500),
    ]


def test_what_a_caller_left_to_a_queue_does_not_hold_it_up() -> None:
    tree = build(
        [
            span("a", 0, 100, kind="server"),
            span("p", 10, 20, "a", kind="producer"),
            span("c", 30, 90, "p", kind="consumer"),
        ]
    )

    assert written(critical_path(tree)) == [("a", 0, 10), ("p", 10, 20), ("a", 20, 100)]


def test_clocks_that_differ_make_no_wait_and_no_hole() -> None:
    tree = build(
        [span("p", 10, 20, kind="producer", queue="payments"), span("c", 15, 90, "p", kind="consumer")]
    )

    assert written(critical_path(tree)) == [("p", 10, 15), ("c", 15, 90)]


def test_a_second_try_comes_after_the_first_and_a_wait() -> None:
    tree = build([span("a", 0, 10), span("first", 20, 50, "a"), span("second", 70, 90, "a")])

    assert written(critical_path(tree)) == [
        ("a", 0, 10),
        ("...", 10, 20),
        ("first", 20, 50),
        ("...", 50, 70),
        ("second", 70, 90),
    ]


def test_what_begins_while_its_callers_caller_runs_waits_for_that() -> None:
    tree = build([span("a", 0, 30), span("b", 1, 4, "a"), span("d", 20, 90, "b")])

    assert written(critical_path(tree)) == [("a", 0, 1), ("b", 1, 4), ("a", 4, 20), ("d", 20, 90)]


def test_a_message_sent_by_a_call_that_outlived_its_caller_leaves_no_hole() -> None:
    tree = build(
        [
            span("a", 0, 10),
            span("p", 8, 12, "a", kind="producer", queue="q"),
            span("c", 20, 30, "p", kind="consumer"),
        ]
    )

    assert written(critical_path(tree)) == [
        ("a", 0, 8),
        ("p", 8, 10),
        ("...", 10, 12),
        ("<q>", 12, 20),
        ("c", 20, 30),
    ]


def test_a_block_without_length_is_passed() -> None:
    tree = build([span("a", 0, 1), span("b", 2, 3, "a"), span("z", 5, 5, "a")])

    assert written(critical_path(tree)) == [("a", 0, 1), ("...", 1, 2), ("b", 2, 3), ("...", 3, 5)]


def test_the_path_within_a_span_goes_through_it() -> None:
    tree = build([span("a", 0, 10), span("b", 0, 6, "a"), span("c", 4, 9, "a")])

    assert written(critical_path(tree, Reach(within=node(tree, "b")))) == [("b", 0, 6)]


def test_the_path_within_a_span_ends_with_its_block() -> None:
    tree = build([span("a", 0, 10), span("b", 1, 9, "a"), span("later", 20, 50, "a")])

    assert written(critical_path(tree, Reach(within=node(tree, "b")))) == [("a", 0, 1), ("b", 1, 9)]


def test_a_measured_time_reaches_back_as_far_as_it_says() -> None:
    tree = checkout()
    reach = Reach(within=node(tree, "run"), since_ns=50 * MS, until_ns=490 * MS)

    assert written(critical_path(tree, reach)) == [
        ("create_order", 50, 60),
        ("POST /checkout", 60, 70),
        ("publish", 70, 80),
        ("<payments>", 80, 480),
        ("run", 480, 490),
    ]


def test_the_heaviest_is_whose_own_parts_add_up_to_most() -> None:
    tree = build([span("a", 0, 10), span("b", 1, 3, "a"), span("c", 5, 9, "a"), span("d", 3, 4, "a")])

    share = heaviest(critical_path(tree))

    assert share is not None
    assert (share.part.node, share.total_ns) == (node(tree, "c"), 4 * MS)


def test_in_a_slow_checkout_the_heaviest_is_the_providers_span() -> None:
    tree = checkout()

    share = heaviest(critical_path(tree))

    assert share is not None
    assert (share.part.node, share.total_ns) == (node(tree, "POST /v1/charges"), 7_080 * MS)


def test_the_heaviest_may_be_a_wait() -> None:
    tree = build([span("p", 0, 1, kind="producer", queue="q"), span("c", 99, 100, "p", kind="consumer")])

    share = heaviest(critical_path(tree))

    assert share is not None
    assert (share.part.node, share.part.queue, share.total_ns) == (None, "q", 98 * MS)


@pytest.mark.parametrize("kind", ["internal", "producer"])
def test_a_chain_of_ten_thousand_spans_is_walked(kind: str) -> None:
    other = "consumer" if kind == "producer" else kind
    chain = [
        span(f"{n}", n, 20_000 if kind == "internal" else n + 1, f"{n - 1}", kind=(kind, other)[n % 2])
        for n in range(1, 10_000)
    ]

    path = critical_path(build([span("0", 0, 20_000 if kind == "internal" else 1, kind=kind), *chain]))

    assert len(path) == 10_000


@pytest.mark.parametrize("length", [0, 1])
def test_ten_thousand_blocks_are_walked(length: int) -> None:
    blocks = [
        span(f"{n}", 5 + 2 * n * length, 5 + 2 * n * length + length, f"{n - 1}") for n in range(1, 10_000)
    ]

    path = critical_path(build([span("0", 0, 1), *blocks]))

    assert len(path) == (19_999 if length else 2)


KINDS = st.sampled_from(["internal", "producer", "consumer", "client", "server"])
ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 12), st.integers(0, 50), st.integers(0, 50), KINDS)
)


def _spans(rows: list[tuple[int, int, int, int, str]]) -> list[Span]:
    found = {
        own: span(f"{own}", start, end, f"{parent}", kind=kind) for own, parent, start, end, kind in rows
    }
    return list(found.values())


@given(ROWS)
def test_a_path_has_no_holes_and_no_overlaps_whatever_the_trace(
    rows: list[tuple[int, int, int, int, str]],
) -> None:
    path = critical_path(build(_spans(rows)))

    assert all(part.duration_ns > 0 for part in path)
    assert [part.end_ns for part in path[:-1]] == [part.start_ns for part in path[1:]]


@given(ROWS, st.integers(0, 60), st.integers(0, 60))
def test_a_part_of_a_path_stays_within_its_reach(
    rows: list[tuple[int, int, int, int, str]], since: int, until: int
) -> None:
    tree = build(_spans(rows))
    reach = Reach(within=next(iter(tree.nodes), None), since_ns=since * MS, until_ns=until * MS)

    path = critical_path(tree, reach)

    assert all(since * MS <= part.start_ns < part.end_ns <= until * MS for part in path)
    assert [part.end_ns for part in path[:-1]] == [part.start_ns for part in path[1:]]
