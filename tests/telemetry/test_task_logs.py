"""What Celery writes of a task that failed: which task and which exception, and nothing about anybody."""

import io
import logging
import pickle

import pytest
from billiard.einfo import ExceptionInfo
from celery import Celery
from django.db import IntegrityError

from webstore.telemetry.logs import TraceFormatter

SECRET = "Failing row contains (mara@example.com, 12 Orchard Lane)"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what the programs' own handler writes."""
    stream = io.StringIO()
    [own] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, TraceFormatter)]
    monkeypatch.setattr(own, "stream", stream)
    return stream


def _fail() -> None:
    raise IntegrityError(SECRET)


def test_a_failed_task_is_told_without_its_exceptions_words(written: io.StringIO) -> None:
    app = Celery("failing", set_as_current=False)
    failing = app.task(name="payments.tasks.failing", ignore_result=True)(_fail)

    run = failing.apply()

    lines = written.getvalue()
    assert f"Task payments.tasks.failing[{run.id}] raised unexpected: IntegrityError" in lines
    assert "in _fail\n" in lines
    assert "example.com" not in lines


def test_what_comes_from_a_child_is_told_without_its_words(written: io.StringIO) -> None:
    try:
        _fail()
    except IntegrityError:
        told = pickle.loads(pickle.dumps(ExceptionInfo()))  # noqa: S301 - as children send it

    logging.getLogger("celery.worker.request").error(
        "Task handler raised error: %r", told.exception, exc_info=told.exc_info
    )

    lines = written.getvalue()
    assert "Task handler raised error: 'IntegrityError'" in lines
    assert "example.com" not in lines


def test_a_retry_is_told_without_its_reason(written: io.StringIO) -> None:
    context = {"id": "1", "name": "payments.tasks.failing", "exc": f"Retry in 1s: {SECRET}"}

    logging.getLogger("celery.app.trace").info("Task %(name)s[%(id)s] retry: %(exc)s", context)

    assert "Task payments.tasks.failing[1] retry: an exception" in written.getvalue()
    assert "example.com" not in written.getvalue()
