"""Start the pager: `python -m webstore.evidence.pager`."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from webstore.evidence.pager import environment
from webstore.telemetry.logs import TraceFormatter

# More than are ever busy: the rest are for senders that dawdle.
THREADS = 64


class PagerServer(BaseApplication):  # type: ignore[misc]
    """One process, because what was said is in its memory; threads, because each may have to wait."""

    def load_config(self) -> None:
        options = {
            "bind": environment.BIND,
            "workers": 1,
            "threads": THREADS,
            "worker_class": "webstore.evidence.pager.worker.Worker",
            # A connection kept open holds up a stop, and Alertmanager makes few.
            "keepalive": 0,
            "timeout": 60,
            # What is under way is sent before it stops.
            "graceful_timeout": round(environment.DEADLINE_SECONDS) + 2,
            "limit_request_line": 1_024,
            "limit_request_fields": 50,
            "proc_name": "pager",
            # No proxy stands in front of it; SCRIPT_NAME from a stranger on loopback would be a 500.
            "forwarder_headers": "",
            "control_socket_disable": True,
            # The worker's heartbeat file; on a disk that hangs it would look like a dead worker.
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        # Only the worker may load it: threads do not survive a fork.
        from webstore.evidence.pager.wsgi import application  # noqa: PLC0415

        return application


def main() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(TraceFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    _say_what_is_open()
    PagerServer().run()


def _say_what_is_open() -> None:
    logger = logging.getLogger("webstore.evidence.pager")
    if not environment.WEBHOOK_URL:
        logger.info("no PAGER_WEBHOOK_URL_FILE and no PAGER_WEBHOOK_URL: notifications go to this log alone")
    is_local = environment.BIND.rsplit(":", 1)[0] in {"127.0.0.1", "localhost", "[::1]"}
    if not environment.TOKEN and not is_local:
        logger.warning("no PAGER_TOKEN_FILE: whoever reaches %s can send alerts", environment.BIND)


if __name__ == "__main__":
    main()
