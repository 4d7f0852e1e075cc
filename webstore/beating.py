"""Celery's two main loops, with a heartbeat: the worker's consumer and beat's scheduler.

Both beat from inside the loop, so a loop that hangs falls silent. Both go on beating while they
wait for the broker: no restart brings that back.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery.beat import PersistentScheduler
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection

from webstore.heartbeat import BEAT_SECONDS, beat

logger = logging.getLogger(__name__)

# Between tries to reach the broker: 1, 2, 3, 4, 4 … s. Celery's own pauses grow to 30 s, and after a
# long outage beat and both kinds of workers have to be back before its orders are paid.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1, 4


def _tell(reason: Exception, seconds: float) -> None:
    logger.error("the broker does not answer (%s); trying again in %.0f s", reason, seconds)


def _reach(connection: Connection, *, meanwhile: Callable[[], None]) -> Connection:
    return connection.ensure_connection(
        _tell,
        callback=meanwhile,
        interval_start=_FIRST_PAUSE_SECONDS,
        interval_step=_FIRST_PAUSE_SECONDS,
        interval_max=_LONGEST_PAUSE_SECONDS,
    )


class BeatingConsumer(Consumer):
    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        beat()
        # Celery takes it back itself when the connection is lost.
        hub.timer.call_repeatedly(BEAT_SECONDS, beat)

    def ensure_connected(self, conn: Connection) -> Connection:
        """Connect, however long it takes: both of Celery's retry settings are on, without an end."""
        connected = _reach(conn, meanwhile=_wait)
        self.first_connection_attempt = False
        return connected


def _wait() -> None:
    maybe_shutdown()
    beat()


class BeatingScheduler(PersistentScheduler):
    def tick(self, *arguments: Any, **options: Any) -> float:
        beat()
        return float(super().tick(*arguments, **options))

    def _ensure_connected(self) -> Connection:
        return _reach(self.connection, meanwhile=beat)
