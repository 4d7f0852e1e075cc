"""How gunicorn runs the shop's web program."""

import gc
import math
import os
import signal
from typing import Any

from environs import Env, validate

from webstore.telemetry import contract, instruments, lifecycle

# The Django instrumentation reads the settings before wsgi.py could name them.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")

env = Env()

ABORT_SECONDS = 0.5

bind = env.str("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env.int("WEB_WORKERS", 2, validate=validate.Range(min=1))
threads = env.int("WEB_THREADS", 4, validate=validate.Range(min=1))
timeout = 30
# From SIGTERM to SIGKILL.
graceful_timeout = env.int("WEB_GRACEFUL_SECONDS", 10, validate=validate.Range(min=1))
keepalive = 5
# Paths hold order tokens; webstore.access writes the access log by route.
accesslog = None
# None of our proxies sends SCRIPT_NAME; from a stranger on loopback it would be a 500.
forwarder_headers = ""
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108


def post_fork(_server: Any, _worker: Any) -> None:
    # The worker listens for it only later: it would be lost, and SIGKILL come after all patience.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    lifecycle.start(contract.WEB)
    instruments.begin_miscounts()


def post_worker_init(worker: Any) -> None:
    # Both have the same patience otherwise, and the flush would come just after SIGKILL.
    worker.cfg.set("graceful_timeout", max(1, graceful_timeout - math.ceil(lifecycle.FLUSH_SECONDS) - 1))
    # What is loaded now stays: looking through it again for garbage took some request 40 ms.
    gc.collect()
    gc.freeze()


def worker_abort(_worker: Any) -> None:
    # SIGKILL follows within a second, and until then the interrupted request may cling to life.
    lifecycle.stop(within=ABORT_SECONDS)


def worker_exit(_server: Any, _worker: Any) -> None:
    # Threads may still be at work; what they do leaves at the interpreter's own exit.
    lifecycle.flush()
