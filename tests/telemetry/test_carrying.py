"""The current trace in a streaming body and in a thread."""

import threading
from collections.abc import Iterator

from opentelemetry import trace

from tests.recording import Telemetry
from webstore.telemetry.carrying import carried, streamed
from webstore.telemetry.tracing import span


def _parts() -> Iterator[str]:
    with span("body"):
        for part in "ab":
            with span("part"):
                yield part


def test_body_made_after_the_answer_is_part_of_its_trace(telemetry: Telemetry) -> None:
    with span("request"):
        body = streamed(_parts())

    assert list(body) == ["a", "b"]
    [request], [whole] = telemetry.spans("request"), telemetry.spans("body")
    assert whole.parent == request.context
    assert [part.parent for part in telemetry.spans("part")] == [whole.context, whole.context]


def test_body_leaves_no_trace_in_its_server(telemetry: Telemetry) -> None:
    with span("request"):
        body = streamed(_parts())

    next(body)

    assert not trace.get_current_span().get_span_context().is_valid
    body.close()


def test_body_that_nobody_reads_to_its_end_ends_its_spans(telemetry: Telemetry) -> None:
    with span("request"):
        body = streamed(_parts())
    next(body)

    body.close()

    assert len(telemetry.spans("body")) == len(telemetry.spans("part")) == 1


def test_list_of_parts_needs_no_end() -> None:
    body = streamed(["a", "b"])

    assert next(body) == "a"
    body.close()


def test_thread_works_in_the_trace_that_started_it(telemetry: Telemetry) -> None:
    with span("request"):
        thread = threading.Thread(target=carried(_work), args=("late",))
    thread.start()
    thread.join()

    [request], [late] = telemetry.spans("request"), telemetry.spans("late")
    assert late.parent == request.context


def _work(name: str) -> None:
    with span(name):
        pass
