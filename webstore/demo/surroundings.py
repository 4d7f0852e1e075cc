"""What the programs take over from whoever types `make run`: all but what would bend them."""

import os

from webstore.demo.places import HOST, Places

# Meant for another project in the same shell; each of these would change what our programs are.
_FOREIGN = {
    "ALLOWED_HOSTS",
    "BEHIND_TLS",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "GUNICORN_CMD_ARGS",
    "PYTHONPATH",
    "PYTHONWARNINGS",
    # A key of the demo's own: carts and log-ins outlive the shell it was started in.
    "SECRET_KEY",
    "STATICFILES_STORAGE",
}
_FOREIGN_PREFIXES = ("CELERY_", "OTEL_", "PG")


def environment(places: Places) -> dict[str, str]:
    """Return the whole environment of the demo's programs."""
    kept = {key: value for key, value in os.environ.items() if not _is_foreign(key)}
    return kept | _without_proxy_on_loopback() | places.environment()


def _is_foreign(variable: str) -> bool:
    return variable in _FOREIGN or variable.startswith(_FOREIGN_PREFIXES)


def _without_proxy_on_loopback() -> dict[str, str]:
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = f"{exempt},{HOST}" if exempt else HOST
    return {"no_proxy": hosts, "NO_PROXY": hosts}
