"""Gunicorn's threads, but a slow sender costs a bounded time, and never the main loop's."""

from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

from webstore.evidence.pager.arrivals import arrivals

_LINGER_SECONDS = 0.5


class Worker(ThreadWorker):  # type: ignore[misc]
    def init_process(self) -> None:
        arrivals.start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        connection = conn.sock
        arrivals.expect(connection)
        try:
            keeps_open = super().handle(conn)
        finally:
            arrivals.arrived(connection)
        if not keeps_open:
            # In this thread: the main loop would wait for each sender that does not hang up.
            close_graceful(connection, timeout=_LINGER_SECONDS)
        return keeps_open
