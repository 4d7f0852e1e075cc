"""The broker's queue from outside: which charges wait, which a worker holds, and messages of our own."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from celery import Celery
from redis import Redis

from webstore.demo.places import Places

_QUEUE, _TASK = "payments", "payments.tasks.charge"
# Celery's hash of the messages that workers have and have not acknowledged, whatever their queue.
_HELD = "unacked"
_TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class Broker:
    places: Places

    def waiting(self) -> int:
        """Return how many charges nobody has taken."""
        with self._connected() as client:
            return _charges(json.loads(found) for found in client.lrange(_QUEUE, 0, -1))

    def held(self) -> int:
        """Return how many charges workers have taken and not acknowledged."""
        with self._connected() as client:
            return _charges(json.loads(found)[0] for found in client.hvals(_HELD))

    def lose_all(self) -> int:
        """Take all as a worker does that dies before it can note so; return how many charges."""
        with self._connected() as client, client.pipeline() as at_once:
            at_once.lrange(_QUEUE, 0, -1)
            at_once.delete(_QUEUE)
            messages, _ = at_once.execute()
            return _charges(json.loads(found) for found in messages)

    def forget_held(self) -> None:
        """Give up what workers held that were killed: else it comes again within a minute."""
        with self._connected() as client:
            client.delete(_HELD)

    def ring(self, attempt_id: int, *, times: int = 1) -> None:
        """Publish the message to charge an attempt, so many times."""
        address = f"redis+socket://{self.places.broker_socket}?virtual_host=0"
        # Were it the current app, all tests after this one would publish to that broker.
        with Celery(broker=address, set_as_current=False) as publisher:
            for _ in range(times):
                publisher.send_task(_TASK, args=[attempt_id], queue=_QUEUE, retry=False)

    @contextmanager
    def _connected(self) -> Iterator["Redis"]:
        path = os.fspath(self.places.broker_socket)
        with Redis(unix_socket_path=path, socket_timeout=_TIMEOUT_SECONDS) as client:
            yield client


def _charges(messages: Iterable[dict[str, dict[str, str]]]) -> int:
    return sum(message["headers"]["task"] == _TASK for message in messages)
