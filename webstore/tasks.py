"""What beat asks for that belongs to no part of the shop."""

from celery import shared_task

from webstore import auditing


@shared_task(name="webstore.tasks.audit")
def audit() -> None:
    """Ask for the traces of the newest exemplars, and report what was there."""
    auditing.report_audit()
