"""How the practice provider runs: one process, threads, on loopback unless told otherwise.

One process, because which keys are running is its memory's business (see charging.py).
"""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

from environs import Env, validate

from payments.sandbox.patience import patience
from payments.sandbox.till import start_messenger
from webstore.telemetry import contract, lifecycle

env = Env()

port = env.int("SANDBOX_PORT", 8002, validate=validate.Range(min=1, max=65535))
# Its page shows every charge to whoever reaches it: where others do, only behind a network of its own.
bind = env.str("SANDBOX_BIND", f"127.0.0.1:{port}")
raw_env = ["DJANGO_SETTINGS_MODULE=payments.sandbox.settings"]
proc_name = "provider"
workers = 1
worker_class = "gthread"
# More than may charge and look up at once (charging.MAX_RUNNING, look_ups.MAX_RUNNING).
threads = 40
# A connection kept open holds up a stop, and callers make one call each.
keepalive = 0
graceful_timeout = 2
# No proxy stands in front of it; SCRIPT_NAME from a stranger on loopback would be a 500.
forwarder_headers = ""
control_socket_disable = True
# The worker's heartbeat file; on a disk that hangs it would look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def post_fork(_server: Any, _worker: Any) -> None:
    lifecycle.start(contract.PROVIDER)


def post_worker_init(worker: Any) -> None:
    """Begin to tell the shop, and let SIGTERM end the pauses of slow answers first.

    Gunicorn has no hook for a signal.
    """

    def stop(signum: int, frame: FrameType | None) -> None:
        patience.end()
        worker.handle_exit(signum, frame)

    start_messenger()
    signal.signal(signal.SIGTERM, stop)
    signal.siginterrupt(signal.SIGTERM, False)
    # A browser's idle connection could use up the time that the last spans need to leave.
    worker.cfg.set("graceful_timeout", 1)


def worker_int(_worker: Any) -> None:
    patience.end()


def worker_exit(_server: Any, _worker: Any) -> None:
    patience.end()
    # Threads may still be answering; what they do leaves at the interpreter's own exit.
    lifecycle.flush()
