"""A trace as a tree: nesting, time by itself, what is missing."""

from hypothesis import given
from hypothesis import strategies as st

from webstore.evidence.tree import Node, Span, Tree, build
from webstore.evidence.waits import Wait, queue_wait


def _span(span_id: str, parent_id: str = "", *, start: int = 0, end: int = 100, **more: object) -> Span:
    kind, failed = str(more.get("kind", "internal")), bool(more.get("failed"))
    attributes = {"messaging.destination": more["queue"]} if "queue" in more else {}
    return Span(span_id, parent_id, "web", span_id, kind, start, end, failed, attributes)


def _outline(tree: Tree) -> str:
    return " ".join(f"{depth}{node.span.span_id}" for root in tree.roots for node, depth in root.walk())


def _node(tree: Tree, span_id: str) -> Node:
    return next(node for node in tree.nodes if node.span.span_id == span_id)


def test_spans_nest_under_their_parents_by_time() -> None:
    spans = [_span("d", "b"), _span("c", "a", start=20), _span("b", "a", start=10), _span("a")]

    assert _outline(build(spans)) == "0a 1b 2d 1c"


def test_children_that_overlap_are_counted_once() -> None:
    tree = build([_span("a"), _span("b", "a", start=10, end=50), _span("c", "a", start=30, end=60)])

    assert _node(tree, "a").self_ns == 50


def test_a_child_that_runs_on_elsewhere_takes_nothing_from_its_parent() -> None:
    tree = build(
        [_span("a", end=100), _span("b", "a", start=90, end=900), _span("c", "a", start=500, end=600)]
    )

    assert _node(tree, "a").self_ns == 90
    assert tree.duration_ns == 900


def test_a_span_whose_clock_was_set_back_has_no_length() -> None:
    tree = build([_span("a", start=100, end=50), _span("b", "a", start=0, end=200)])

    assert (_node(tree, "a").span.duration_ns, _node(tree, "a").self_ns) == (0, 0)


def test_spans_whose_parent_is_missing_are_kept_together() -> None:
    tree = build([_span("a"), _span("x", "gone", start=20), _span("y", "gone", start=10), _span("z", "y")])

    assert [node.span.span_id for node in tree.orphans["gone"]] == ["y", "x"]
    assert (tree.is_complete, len(tree.nodes)) == (False, 4)


def test_a_trace_without_its_beginning_is_incomplete() -> None:
    tree = build([_span("x", "gone")])

    assert (tree.is_complete, tree.first and tree.first.span.span_id) == (False, "x")


def test_spans_that_name_one_another_as_parent_are_cut_apart() -> None:
    tree = build([_span("a", "b", start=5), _span("b", "a", start=1), _span("c", "c")])

    assert _outline(tree) in {"0c 0b 1a", "0b 1a 0c"}


def test_an_error_shows_on_everything_above_it() -> None:
    tree = build([_span("a"), _span("b", "a"), _span("c", "b", failed=True), _span("d", "a")])

    assert [node.span.span_id for node in tree.nodes if node.holds_error] == ["a", "b", "c"]


def test_a_chain_of_ten_thousand_spans_is_walked() -> None:
    tree = build([_span("0"), *(_span(str(n), str(n - 1)) for n in range(1, 10_000))])

    assert len(tree.nodes) == 10_000


def test_nothing_is_an_empty_tree() -> None:
    tree = build([])

    assert (tree.nodes, tree.first, tree.duration_ns, tree.is_complete) == ((), None, 0, False)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12), st.integers(0, 50), st.integers(0, 50))))
def test_every_span_is_there_once_whatever_names_what(rows: list[tuple[int, int, int, int]]) -> None:
    spans = {str(own): _span(str(own), str(parent), start=s, end=e) for own, parent, s, e in rows}

    tree = build(spans.values())

    assert sorted(node.span.span_id for node in tree.nodes) == sorted(spans)
    assert all(0 <= node.self_ns <= node.span.duration_ns for node in tree.nodes)


def test_a_message_that_lies_in_its_queue_is_a_named_wait() -> None:
    producer = Node(_span("p", end=100, kind="producer", queue="payments"))
    consumer = Node(_span("c", "p", start=400, kind="consumer"))

    assert queue_wait(producer, consumer) == Wait("payments", 100, 400)


def test_clocks_that_differ_make_no_wait() -> None:
    producer = Node(_span("p", end=100, kind="producer"))

    assert queue_wait(producer, Node(_span("c", "p", start=90, kind="consumer"))) is None
    assert queue_wait(producer, Node(_span("c", "p", start=400, kind="server"))) is None
