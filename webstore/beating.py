"""Celery's two main loops, with a heartbeat: the worker's consumer and beat's scheduler.

Both beat from inside the loop, so a loop that hangs falls silent. Both go on beating while they
wait for the broker: no restart brings that back.
"""

import logging
from typing import Any

from celery.beat import PersistentScheduler
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection

from webstore.heartbeat import BEAT_SECONDS, beat

logger = logging.getLogger(__name__)


def _tell(reason: Exception, seconds: float) -> None:
    logger.error("the broker does not answer (%s); trying again in %.0f s", reason, seconds)


class BeatingConsumer(Consumer):
    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        beat()
        # Celery takes it back itself when the connection is lost.
        hub.timer.call_repeatedly(BEAT_SECONDS, beat)

    def ensure_connected(self, conn: Connection) -> Connection:
        """Connect, however long it takes: both of Celery's retry settings are on, without an end."""
        connected = conn.ensure_connection(_tell, callback=_wait)
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
        return self.connection.ensure_connection(_tell, callback=beat)
