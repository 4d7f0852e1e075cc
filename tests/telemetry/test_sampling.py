"""Which local traces are kept, and why."""

import threading

import pytest
from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

from tests.telemetry.rig import Rig
from webstore.telemetry import contract, sampling
from webstore.telemetry.sampling import Note

TRACES = contract.TRACES


def _remote(trace_id: int = 7, span_id: int = 9) -> context.Context:
    remote = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(1))
    return trace.set_span_in_context(NonRecordingSpan(remote), context.Context())


def test_trace_without_reason_is_dropped_whole() -> None:
    rig = Rig()

    with rig.tracer.start_as_current_span("request"), rig.tracer.start_as_current_span("query"):
        pass

    assert rig.names() == []
    assert rig.tally.count(TRACES, contract.DROPPED) == 1


@pytest.mark.parametrize(("ratio", "kept"), [(0.0, 0), (1.0, 40)])
def test_ratio_keeps_its_share_as_baseline(ratio: float, kept: int) -> None:
    rig = Rig(ratio=ratio)

    for _ in range(40):
        with rig.tracer.start_as_current_span("request"):
            pass

    assert len(rig.kept) == kept == rig.tally.count(TRACES, contract.BASELINE)


def test_processes_of_one_trace_choose_alike() -> None:
    low, high = (1 << 64) | 5, (1 << 64) - 5

    for trace_id, kept in ((low, contract.BASELINE), (high, contract.CROSSING)):
        rig = Rig(ratio=0.5)
        with rig.tracer.start_as_current_span("run", context=_remote(trace_id)):
            pass
        assert rig.reasons() == {"run": kept}


def test_error_anywhere_keeps_the_whole() -> None:
    rig = Rig()

    with rig.tracer.start_as_current_span("request"):
        with rig.tracer.start_as_current_span("charge") as span:
            span.set_status(Status(StatusCode.ERROR))
        with rig.tracer.start_as_current_span("render"):
            pass

    assert sorted(rig.names()) == ["charge", "render", "request"]
    assert rig.reasons() == {"request": "error"}


def test_crossed_trace_is_kept() -> None:
    rig = Rig()

    with rig.tracer.start_as_current_span("request") as span:
        assert rig.traces.cross(span.get_span_context().span_id)

    assert rig.reasons() == {"request": "crossing"}


def test_dropped_trace_is_never_joined_later() -> None:
    rig = Rig()
    with rig.tracer.start_as_current_span("request") as span:
        pass

    assert not rig.traces.cross(span.get_span_context().span_id)


def test_two_local_roots_of_one_trace_are_judged_apart() -> None:
    rig = Rig()

    with rig.tracer.start_as_current_span("run") as run:
        here = run.get_span_context()
        with rig.tracer.start_as_current_span("restored", context=_remote(here.trace_id)):
            pass

    assert rig.reasons() == {"restored": "crossing"}
    assert rig.names() == ["restored"]


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, ["request", "late"]), (0.0, [])])
def test_span_that_ends_after_its_root_follows_it(ratio: float, expected: list[str]) -> None:
    rig = Rig(ratio=ratio)

    with rig.tracer.start_as_current_span("request"):
        late = rig.tracer.start_span("late")
    late.end()

    assert rig.names() == expected


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, ["request", "after"]), (0.0, [])])
def test_span_that_starts_after_its_root_follows_it(ratio: float, expected: list[str]) -> None:
    rig = Rig(ratio=ratio)
    with rig.tracer.start_as_current_span("request"):
        carried = context.get_current()

    thread = threading.Thread(target=lambda: rig.tracer.start_span("after", context=carried).end())
    thread.start()
    thread.join()

    assert rig.names() == expected


def test_notes_follow_their_trace() -> None:
    for ratio, expected in ((1.0, ["SELECT cart", "request"]), (0.0, [])):
        rig = Rig(ratio=ratio)
        with rig.tracer.start_as_current_span("request") as span:
            rig.traces.note(Note(span.get_span_context(), "SELECT cart", {}, 1, 2, ""))
        assert rig.names() == expected


def test_root_is_never_lost_to_the_cap_on_its_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_SPANS_PER_ROOT", 3)
    rig = Rig(ratio=1.0)

    with rig.tracer.start_as_current_span("request"):
        for _ in range(5):
            rig.tracer.start_span("query").end()

    assert rig.names() == ["query", "query", "query", "request"]
    assert rig.tally.count(contract.SPANS_LOST, contract.TRACE_CAP) == 2


def test_too_many_open_roots_let_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_OPEN_ROOTS", 2)
    rig = Rig()
    roots = [rig.tracer.start_span(f"request {number}", context.Context()) for number in range(3)]

    for root in roots:
        root.end()

    assert rig.names() == ["request 0"]
    assert rig.tally.count(TRACES, contract.CAPPED) == 1


def test_root_open_for_too_long_gives_away_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_AGE_SECONDS", -1.0)
    rig = Rig()
    root = rig.tracer.start_span("stream", context.Context())
    rig.tracer.start_span("part", trace.set_span_in_context(root)).end()

    rig.traces.expire()

    assert rig.names() == ["part"]
    root.end()
    assert rig.names() == ["part", "stream"]
    assert rig.reasons() == {"stream": contract.CAPPED}


def test_what_is_open_at_exit_ends_there_and_says_so() -> None:
    rig = Rig()
    root = rig.tracer.start_span("request", context.Context())
    rig.tracer.start_span("query", trace.set_span_in_context(root))

    rig.traces.finish()

    assert rig.names() == ["query", "request"]
    assert rig.reasons() == {"request": contract.ERROR}
    assert rig.errors() == {"query": contract.UNFINISHED, "request": contract.UNFINISHED}
    assert rig.tally.count(TRACES, contract.UNFINISHED) == 1
    assert rig.tally.count(TRACES, contract.ERROR) == 0


def test_open_roots_with_a_reason_may_send_ahead_what_they_hold() -> None:
    rig = Rig()
    root = rig.tracer.start_span("request", context.Context())
    rig.tracer.start_span("query", trace.set_span_in_context(root)).end()
    rig.traces.cross(root.get_span_context().span_id)

    rig.traces.release()

    assert rig.names() == ["query"]
    root.end()
    assert rig.names() == ["query", "request"]
    assert rig.reasons() == {"request": contract.CROSSING}


def test_open_roots_without_a_reason_send_nothing_ahead() -> None:
    rig = Rig()
    root = rig.tracer.start_span("request", context.Context())
    rig.tracer.start_span("query", trace.set_span_in_context(root)).end()

    rig.traces.release()

    assert rig.names() == []
    root.end()
    assert rig.tally.count(TRACES, contract.DROPPED) == 1


def test_spans_that_never_end_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_OPEN_SPANS", 2)
    rig = Rig(ratio=1.0)
    first, *rest = [rig.tracer.start_span(f"request {number}", context.Context()) for number in range(3)]

    first.end()
    for root in rest:
        root.end()

    assert rig.names() == ["request 1", "request 2"]
    assert rig.tally.count(contract.SPANS_LOST, contract.TRACE_CAP) == 1
