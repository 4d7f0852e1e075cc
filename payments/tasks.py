"""What the workers run. The row decides about retries, never Celery."""

from celery import shared_task

from payments import charging, closing, refunding, sweeping
from payments.models import ProviderEvent, Refund
from payments.webhooks import heeding, keeping


@shared_task(name="payments.tasks.charge")
def charge(attempt_id: int) -> None:
    """Try to charge one attempt. Any number of these messages may arrive, in any order."""
    charging.charge(attempt_id)


@shared_task(name="payments.tasks.refund")
def refund(refund_id: int) -> None:
    """Try to give one refund's money back. Any number of these messages may arrive, in any order."""
    refunding.refund(refund_id)


@shared_task(name="payments.tasks.heed")
def heed(event_id: int) -> None:
    """Look into one event of the provider. Any number of these messages may arrive, in any order."""
    heeding.heed(event_id)


@shared_task(name="payments.tasks.sweep")
def sweep() -> None:
    """Ring for all that is due and was not rung lately; then end orders that nobody pays for, and tidy up."""
    sweeping.sweep(charge)
    sweeping.sweep(refund, Refund)
    sweeping.sweep(heed, ProviderEvent)
    closing.expire_overdue()
    keeping.forget_old()
