"""The shop's gunicorn configuration with a mistake: telemetry is built in the arbiter, before the fork."""

from typing import Any

from webstore.gunicorn import *  # noqa: F403 - a configuration is its module's names
from webstore.telemetry import contract, lifecycle


def on_starting(_server: Any) -> None:
    lifecycle.start(contract.WEB)
