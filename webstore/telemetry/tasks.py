"""How long tasks wait and run, measured inside their own span."""

import time
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from celery import Task

from webstore.telemetry import contract, instruments

PUBLISHED_AT = "webstore_published_at"


def note_published_at(*, headers: dict[str, Any], **_: Any) -> None:
    """Stamp a message with the time it is published (a `before_task_publish` receiver)."""
    headers.setdefault(PUBLISHED_AT, time.time())


class MeasuredTask(Task):  # type: ignore[type-arg]  # not subscriptable at run time
    """A task whose wait and duration are recorded while its run span is the current one.

    The signals around a task fire in no order one could rely on; the call itself lies inside.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        waited = self._waited_seconds()
        started = time.monotonic()
        outcome = contract.FAILED
        try:
            result = super().__call__(*args, **kwargs)
            outcome = contract.SUCCEEDED
            return result
        except SoftTimeLimitExceeded:
            outcome = contract.TIMEOUT
            raise
        finally:
            attributes = {contract.TASK: self.name, contract.OUTCOME: outcome}
            instruments.task_duration.record(time.monotonic() - started, attributes)
            if waited is not None:
                instruments.task_wait.record(waited, attributes)

    def _waited_seconds(self) -> float | None:
        """Return seconds since publishing, by two clocks, hence never below 0; None without a stamp."""
        published_at = self.request.get(PUBLISHED_AT)
        return max(0.0, time.time() - published_at) if isinstance(published_at, float) else None
