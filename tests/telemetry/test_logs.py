"""Log lines: the trace is in them, people are not."""

import logging
import sys

import pytest
from django.test import RequestFactory
from opentelemetry import trace

from tests.recording import Telemetry
from webstore.access import RoutesInsteadOfPaths
from webstore.telemetry.logs import RefusalsInOneLine, TraceFormatter
from webstore.telemetry.tracing import span

SECRET = "mara@example.com"


def _record(message: str, *, has_error: bool = False) -> logging.LogRecord:
    error = sys.exc_info() if has_error else None
    return logging.LogRecord("shop", logging.ERROR, __file__, 1, message, None, error)


def test_traced_line_ends_with_its_ids(telemetry: Telemetry) -> None:
    with span("request") as current:
        line = TraceFormatter().format(_record("paid"))

    context = current.get_span_context()
    trace_id, span_id = trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)
    assert line.endswith(f"ERROR shop paid trace_id={trace_id} span_id={span_id}")


def test_untraced_line_has_no_ids() -> None:
    assert TraceFormatter().format(_record("started")).endswith("ERROR shop started")


def test_exceptions_are_told_without_their_messages() -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError:
        text = TraceFormatter().format(_record("failed", has_error=True))

    assert SECRET not in text
    assert [line for line in text.splitlines() if line in {"KeyError", "led to", "ValueError"}] == [
        "KeyError",
        "led to",
        "ValueError",
    ]


@pytest.mark.parametrize("logger", ["django.request", "django.security.csrf"])
def test_djangos_lines_name_the_route_only(logger: str) -> None:
    record = logging.LogRecord(
        logger, logging.ERROR, __file__, 1, "Forbidden: %s", (f"/orders/{SECRET}",), None
    )
    record.request = RequestFactory().get(f"/orders/{SECRET}")
    record.status_code = 403

    RoutesInsteadOfPaths().filter(record)

    assert record.getMessage() == "GET (no route) 403"


def test_suspicious_request_is_one_line_without_what_it_sent() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = _record(f"Invalid HTTP_HOST header: '{SECRET}'", has_error=True)
    record.name = "django.security.DisallowedHost"

    RefusalsInOneLine().filter(record)

    line = TraceFormatter().format(record)
    assert line.endswith("ERROR django.security.DisallowedHost a request was refused")
    assert "\n" not in line


@pytest.mark.parametrize(("status", "is_told"), [(400, False), (403, False), (500, True)])
def test_stack_is_told_of_our_own_failures_only(status: int, is_told: bool) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = _record("Bad request (Unable to parse request body)", has_error=True)
    record.status_code = status

    RefusalsInOneLine().filter(record)

    assert ("ValueError" in TraceFormatter().format(record)) is is_told
