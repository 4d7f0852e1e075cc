"""How gunicorn serves the shop here: as ever, but each arm tells its own way what it does."""

import os
from typing import Any

from tests.bench import arms
from webstore import gunicorn as usual
from webstore.telemetry import lifecycle

bind = usual.bind
worker_class = usual.worker_class
workers, threads = usual.workers, usual.threads
keepalive = usual.keepalive
control_socket_disable = True
worker_tmp_dir = usual.worker_tmp_dir
timeout = 120
post_worker_init = usual.post_worker_init


def post_fork(_server: Any, _worker: Any) -> None:
    arms.start(os.environ["BENCH_ARM"])


def worker_exit(_server: Any, _worker: Any) -> None:
    lifecycle.stop()
