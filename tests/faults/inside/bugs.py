"""Eight bugs that shops really have, each as small as can be. Each must turn its row of the matrix red."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from tests.faults.inside.switch import Disarmed, Original, wrap


def install(bug: str) -> None:
    """Bring one bug in; "" for none."""
    if not bug:
        return
    if bug not in BUGS:
        raise Disarmed(f"there is no bug {bug!r}")
    BUGS[bug]()


def no_idempotency_key() -> None:
    """Leave the key to the HTTP library: it makes a random one for each request."""

    def forget_key(exchange: Original) -> Original:
        def keyless(call: Any) -> Any:
            return exchange(replace(call, key=uuid.uuid4().hex if call.key else ""))

        return keyless

    wrap("payments.provider:exchange", forget_key)


def new_key_on_retry() -> None:
    """Keep the key for one try, and begin the next with another."""

    def count_into_key(request_of: Original) -> Original:
        def request_of_try(attempt: Any) -> Any:
            request = request_of(attempt)
            return replace(request, key=f"{request.key}-{attempt.tries}")

        return request_of_try

    wrap("payments.asking:_request", count_into_key)


def early_ack_no_sweep() -> None:
    """Trust the broker, as Celery does by default: a message is done when it is taken."""
    _no_sweep()
    from webstore.celery import app  # noqa: PLC0415 - known only once the apps are there

    if not (app.conf.task_acks_late and app.conf.task_reject_on_worker_lost):
        raise Disarmed("tasks are acknowledged early anyway")
    app.conf.update(task_acks_late=False, task_reject_on_worker_lost=False)


def on_commit_only() -> None:
    """Publish when the transaction commits, and leave it at that: no bell, no sweep."""
    _no_sweep()

    def publish_on_commit(_ring: Original) -> Original:
        def ring(task: Any, *args: Any) -> bool:
            transaction.on_commit(partial(task.apply_async, args=args))
            return True

        return ring

    wrap("payments.bell:ring", publish_on_commit)


def _no_sweep() -> None:
    wrap("payments.sweeping:sweep", lambda _sweep: lambda *_: 0)


def deferred_transactions() -> None:
    """Let a transaction begin as a reader: see settings.py."""


def unguarded_reserve() -> None:
    """Promise units without asking whether they are there."""

    def never_ask(_reserve: Original) -> Original:
        from webstore.catalog.models import Product  # noqa: PLC0415 - known only once the apps are there

        def reserve(product_id: int, *, quantity: int) -> bool:
            Product.objects.filter(pk=product_id).update(reserved=F("reserved") + quantity)
            return True

        return reserve

    wrap("webstore.catalog.stock:reserve", never_ask)


def webhook_without_dedupe() -> None:
    """Take every event for a new one."""

    def forget_id(write_down: Original) -> Original:
        return lambda event: write_down(replace(event, id=uuid.uuid4().hex))

    wrap("payments.webhooks.receiving:write_down", forget_id)


def unbounded_flush() -> None:
    """Stay at the exit until the last span has found somebody."""

    def insist(_send: Original) -> Original:
        def send_all(running: Any, send: Callable[[], None], *, within: float) -> None:
            send()
            while running.pipeline.is_failing:
                send()

        return send_all

    wrap("webstore.telemetry.lifecycle:_send", insist)


BUGS: Mapping[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        no_idempotency_key,
        new_key_on_retry,
        early_ack_no_sweep,
        on_commit_only,
        deferred_transactions,
        unguarded_reserve,
        webhook_without_dedupe,
        unbounded_flush,
    )
}
