from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported from here on only; nothing but beat reports.
        from celery.signals import beat_init  # noqa: PLC0415

        from payments import due  # noqa: PLC0415

        beat_init.connect(due.report, weak=False)
