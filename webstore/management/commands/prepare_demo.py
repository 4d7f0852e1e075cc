"""Make a fresh demo usable: tables, static files, products, and somebody who may see the orders."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command

USER = "demo"


class Command(BaseCommand):
    help = "Prepare the local demo's data; a second run changes nothing."

    def handle(self, *_: Any, **__: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This makes a user whose password everybody knows: only with WEBSTORE_DEMO=1.")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("seed", verbosity=0)
        users = get_user_model()
        if not users.objects.filter(username=USER).exists():
            users.objects.create_superuser(USER, password=USER)
