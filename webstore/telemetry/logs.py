"""Log lines that say which trace they belong to."""

import logging
import time

from opentelemetry import trace


class TraceFormatter(logging.Formatter):
    """One line per record; a line of a traced moment ends with its trace and span id."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s%(trace)s")

    def format(self, record: logging.LogRecord) -> str:
        current = trace.get_current_span().get_span_context()
        trace_id, span_id = trace.format_trace_id(current.trace_id), trace.format_span_id(current.span_id)
        record.trace = f" trace_id={trace_id} span_id={span_id}" if current.is_valid else ""
        return super().format(record)
