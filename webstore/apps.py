from django.apps import AppConfig


class WebStoreConfig(AppConfig):
    name = "webstore"

    def ready(self) -> None:
        # In a process that never imports the Celery app, shared_task would talk to amqp://localhost.
        import webstore.celery  # noqa: PLC0415
        import webstore.checks  # noqa: F401, PLC0415
