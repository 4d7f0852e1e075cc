"""How gunicorn runs the shop's web program."""

import os
from typing import Any

from environs import Env, validate

from webstore.telemetry import contract, lifecycle

# The Django instrumentation reads the settings before wsgi.py could name them.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")

env = Env()

bind = env.str("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env.int("WEB_WORKERS", 2, validate=validate.Range(min=1))
threads = env.int("WEB_THREADS", 4, validate=validate.Range(min=1))
timeout = 30
graceful_timeout = 10
keepalive = 5
# Paths hold order tokens; webstore.access writes the access log by route.
accesslog = None
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108


def post_fork(_server: Any, _worker: Any) -> None:
    lifecycle.start(contract.WEB)


def worker_exit(_server: Any, _worker: Any) -> None:
    lifecycle.stop()
