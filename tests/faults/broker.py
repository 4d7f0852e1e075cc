"""The broker's queues from outside: what waits, what a worker holds, and messages of our own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from celery import Celery
from redis import Redis

from webstore.demo.places import Places

PAYMENTS = "payments"
# Celery's hash of the messages that workers have and have not acknowledged.
_HELD = "unacked"
_TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class Broker:
    places: Places

    def waiting(self, queue: str = PAYMENTS) -> int:
        """Return how many messages nobody has taken."""
        with self._connected() as client:
            return int(client.llen(queue))

    def held(self) -> int:
        """Return how many messages workers have taken and not acknowledged."""
        with self._connected() as client:
            return int(client.hlen(_HELD))

    def lose_all(self, queue: str = PAYMENTS) -> int:
        """Take messages as a worker does that dies before it can note so; return how many."""
        with self._connected() as client:
            return sum(1 for _ in iter(lambda: client.rpop(queue), None))

    def forget_held(self) -> None:
        """Give up what workers held that were killed: else it comes again within a minute."""
        with self._connected() as client:
            client.delete(_HELD)

    def ring(self, attempt_id: int, *, times: int = 1) -> None:
        """Publish the message to charge an attempt, so many times."""
        with Celery(broker=f"redis+socket://{self.places.broker_socket}?virtual_host=0") as publisher:
            for _ in range(times):
                publisher.send_task("payments.tasks.charge", args=[attempt_id], queue=PAYMENTS, retry=False)

    @contextmanager
    def _connected(self) -> Iterator["Redis"]:
        path = os.fspath(self.places.broker_socket)
        with Redis(unix_socket_path=path, socket_timeout=_TIMEOUT_SECONDS) as client:
            yield client
