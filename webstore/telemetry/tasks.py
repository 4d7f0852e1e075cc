"""How long tasks wait and run, measured inside their own span."""

import time
from functools import cache
from pathlib import Path
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from celery import Task

from webstore.telemetry import contract, instruments

PUBLISHED_AT = "webstore_published_at"
# By the clock that all processes of a machine share and nobody can set; which boot it counts from.
PUBLISHED_SINCE_BOOT = "webstore_published_since_boot"
BOOT = "webstore_boot"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def note_published_at(*, headers: dict[str, Any], **_: Any) -> None:
    """Stamp a message with the time it is published (a `before_task_publish` receiver)."""
    headers.setdefault(PUBLISHED_AT, time.time())
    if (boot := _boot()) and BOOT not in headers:
        headers.update({BOOT: boot, PUBLISHED_SINCE_BOOT: time.monotonic()})


@cache
def _boot() -> str:
    """Return the name of this machine's present boot, "" on a system that has none."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


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
        """Return seconds since publishing, None without a stamp.

        From another machine they are by two clocks, as far wrong as those are apart, and never below 0.
        """
        since_boot = self.request.get(PUBLISHED_SINCE_BOOT)
        if isinstance(since_boot, float) and self.request.get(BOOT) == _boot():
            return max(0.0, time.monotonic() - since_boot)
        published_at = self.request.get(PUBLISHED_AT)
        return max(0.0, time.time() - published_at) if isinstance(published_at, float) else None
