"""Log lines that say which trace they belong to, and nothing about anybody."""

import logging
import time
import traceback
from types import TracebackType

from opentelemetry import trace

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


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

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's own name
        """Return the stack and the exceptions' types; their messages may quote a row or a form."""
        kind, error, stack = ei
        if kind is None or error is None:
            return ""
        earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        told = "".join(traceback.format_list(traceback.extract_tb(stack))) + kind.__qualname__
        if earlier is None:
            return told
        return f"{self.formatException((type(earlier), earlier, earlier.__traceback__))}\nled to\n{told}"


# These of Celery's loggers put exceptions of our tasks, and of what we connect to signals, into words.
_TASK_LOGGERS = ("celery.app.trace", "celery.worker.request", "celery.utils.dispatch.signal")


class TasksWithoutWords(logging.Filter):
    """Keeps what a task's exception says out of Celery's lines, as `formatException` does."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name not in _TASK_LOGGERS:
            return True
        if isinstance(record.args, tuple):
            record.args = tuple(_without_words(each) for each in record.args)
        elif record.args and "exc" in record.args:
            # In words already.
            kind = record.exc_info[0] if record.exc_info else None
            record.args = {**record.args, "exc": kind.__qualname__ if kind else "an exception"}
        return True


def _without_words(told: object) -> object:
    return type(told).__qualname__ if isinstance(told, BaseException) else told


class RefusalsInOneLine(logging.Filter):
    """Keeps what a suspicious request says of itself, and Django's stack for any refusal, out of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.msg, record.args, record.exc_info = "a request was refused", (), None
        # A form that cannot be read, say: strangers could fill the log with one stack after another.
        if 400 <= getattr(record, "status_code", 0) < 500:
            record.exc_info = None
        return True
