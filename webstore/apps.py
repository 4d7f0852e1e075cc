from django.apps import AppConfig


class WebStoreConfig(AppConfig):
    name = "webstore"

    def ready(self) -> None:
        # In a process that never imports the Celery app, shared_task would talk to amqp://localhost.
        import webstore.celery  # noqa: F401
        import webstore.checks  # noqa: F401
