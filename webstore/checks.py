"""System checks: what is missing or unsafe, with an id and a way out."""

import os
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def not_root(**_: Any) -> list[CheckMessage]:
    """Refuse to run as root; the local demo may."""
    if settings.DEMO or os.getuid() != 0:
        return []
    return [
        Error(
            "WebStore must not run as root.",
            hint="Start it as a user without rights, or set WEBSTORE_DEMO=1 for a local demo.",
            id="webstore.E001",
        )
    ]


@register(Tags.security)
def demo_listens_on_loopback(**_: Any) -> list[CheckMessage]:
    """Refuse foreign hosts in the demo: its secrets are public."""
    local = {"127.0.0.1", "localhost", "[::1]", "testserver"}
    if not settings.DEMO or set(settings.ALLOWED_HOSTS) <= local:
        return []
    return [
        Error(
            "The demo answers on loopback only, but ALLOWED_HOSTS names other hosts.",
            hint="Unset WEBSTORE_DEMO and give every secret a value of its own.",
            id="webstore.E002",
        )
    ]


@register(Tags.urls)
def trace_url_has_a_place(**_: Any) -> list[CheckMessage]:
    """Require the place where a trace's id goes."""
    if settings.TRACE_URL.count("{trace_id}") == 1:
        return []
    return [
        Error(
            "WEBSTORE_TRACE_URL must hold {trace_id} exactly once.",
            hint="For the lens: http://127.0.0.1:8001/traces/{trace_id}",
            id="webstore.E003",
        )
    ]


@register(Tags.security)
def events_can_be_verified(**_: Any) -> list[CheckMessage]:
    """Require a secret: without one every event of the payment provider is refused."""
    if 1 <= len(settings.PROVIDER_WEBHOOK_SECRETS) <= 2:
        return []
    return [
        Error(
            "PROVIDER_WEBHOOK_SECRETS holds no secret, or more than two.",
            hint='Give what the payment provider signs its events with; while it is exchanged, "new,old".',
            id="webstore.E004",
        )
    ]


@register()
def telemetry_has_a_sink(**_: Any) -> list[CheckMessage]:
    """Tell that nothing is sent anywhere."""
    if settings.DEMO or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return []
    return [
        checks.Warning(
            "No telemetry is sent.",
            hint="Set OTEL_EXPORTER_OTLP_ENDPOINT to an OTLP/HTTP receiver.",
            id="webstore.W001",
        )
    ]
