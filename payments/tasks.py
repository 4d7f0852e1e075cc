"""What the workers run. The row decides about retries, never Celery."""

from celery import shared_task

from payments import charging, closing, sweeping


@shared_task(name="payments.tasks.charge")
def charge(attempt_id: int) -> None:
    """Try to charge one attempt. Any number of these messages may arrive, in any order."""
    charging.charge(attempt_id)


@shared_task(name="payments.tasks.sweep")
def sweep() -> None:
    """Ring for every attempt that is due and was not rung lately; then end what nobody pays for."""
    sweeping.sweep(charge)
    closing.expire_overdue()
