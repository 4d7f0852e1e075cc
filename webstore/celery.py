"""The Celery app: queues, limits, and what a lost broker may cost.

The broker is a doorbell. Every setting here assumes that any message can vanish.
"""

import gc
import os
import sys
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import close_old_connections
from kombu import Queue

from webstore import heartbeat
from webstore.telemetry import contract, instruments, lifecycle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webstore.settings")

# With the lease of 12 s it leaves a killed worker's order one second of its 15 for the charge itself.
# Beat, the worker and the query with nothing to do take 14 ms of CPU a second together.
SWEEP_SECONDS = 2
# Beat's clock says when a message expires, and a worker's whether it has.
_CLOCKS_APART_SECONDS = 10


def repeated(task: str, seconds: int) -> dict[str, Any]:
    """Return beat's entry for a task; its messages expire, or they would pile up without workers."""
    expires = max(seconds, _CLOCKS_APART_SECONDS)
    return {"task": task, "schedule": seconds, "options": {"expires": expires}}


BEAT_SCHEDULE = {"sweep": repeated("payments.tasks.sweep", SWEEP_SECONDS)}
if settings.AUDIT_SECONDS:
    BEAT_SCHEDULE["audit"] = repeated("webstore.tasks.audit", settings.AUDIT_SECONDS)

app = Celery("webstore", task_cls="webstore.telemetry.tasks:MeasuredTask")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 60,
        "socket_timeout": 3,
        "socket_connect_timeout": 1,
        "health_check_interval": 10,
        # A publish that finds no broker fails at once. Else it tries for six seconds, whatever
        # `retry=False` says, and holds up the doorbell; lost rings are rung again anyway.
        "max_retries": 0,
    },
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_publish_retry=False,
    task_soft_time_limit=10,
    task_time_limit=12,
    task_queues=(Queue("payments"), Queue("default")),
    task_default_queue="default",
    task_routes={
        "payments.tasks.charge": {"queue": "payments"},
        "payments.tasks.refund": {"queue": "payments"},
        "payments.tasks.heed": {"queue": "payments"},
    },
    worker_prefetch_multiplier=1,
    worker_proc_alive_timeout=30,
    worker_max_tasks_per_child=settings.WORKER_MAX_TASKS_PER_CHILD,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_soft_shutdown_timeout=settings.WORKER_SOFT_SHUTDOWN_SECONDS,
    worker_consumer="webstore.beating:BeatingConsumer",
    beat_schedule=BEAT_SCHEDULE,
    beat_scheduler="webstore.beating:BeatingScheduler",
    # Beat's heartbeat is as slow as its loop.
    beat_max_loop_interval=heartbeat.BEAT_SECONDS,
    # Else Celery closes the database's connection after every task, and the next one pays for a
    # new one. Django shall decide, as it does for requests: see `tidy_connections`.
    CELERY_DB_REUSE_MAX=sys.maxsize,
)
app.Task.Request = "webstore.acks:ReconnectingRequest"
app.autodiscover_tasks(["webstore", "payments"])


@signals.setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as settings.py has it."""


@signals.worker_before_create_process.connect
def share_memory(**_: Any) -> None:
    # What is there before the fork stays shared: the collector would write into every page of it.
    gc.freeze()


@signals.worker_process_init.connect
def start_worker_telemetry(**_: Any) -> None:
    lifecycle.start(contract.WORKER)
    instruments.begin_miscounts()


@signals.task_prerun.connect
def tidy_connections(**_: Any) -> None:
    # Too old, broken, or to be tried before it is used again, as at the start of a request.
    close_old_connections()


@signals.worker_process_shutdown.connect
def stop_worker_telemetry(**_: Any) -> None:
    # Pool children end by os._exit: no atexit runs.
    lifecycle.stop()


@signals.beat_init.connect
def start_beat_telemetry(**_: Any) -> None:
    lifecycle.start(contract.BEAT)
